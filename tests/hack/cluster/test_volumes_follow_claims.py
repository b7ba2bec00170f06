from pathlib import Path
from typing import Any

from hack.cluster.provisioner import PROVISIONER_NAME, Plan, build_storage_class, build_volume, plan


def claim(uid: str = "u1", **spec: object) -> dict[str, Any]:
    settings = {"storageClassName": "standard", "accessModes": ["ReadWriteOnce"], **spec}
    settings["resources"] = {"requests": {"storage": "1Gi"}}
    return {"metadata": {"name": "data", "namespace": "team", "uid": uid}, "spec": settings}


def volume(uid: str = "u1", *, phase: str = "Bound", made_by: str = PROVISIONER_NAME) -> dict[str, Any]:
    made = build_volume(claim(uid), Path("/volumes") / uid, "node")
    made["metadata"]["annotations"]["pv.kubernetes.io/provisioned-by"] = made_by
    return {**made, "status": {"phase": phase}}


def test_a_new_claim_gets_a_volume() -> None:
    new = claim()

    assert plan([new], []) == Plan(create=(new,), delete=())


def test_a_claim_whose_volume_exists_gets_no_second_one() -> None:
    assert plan([claim()], [volume(phase="Available")]) == Plan((), ())


def test_claims_of_other_classes_bound_claims_and_raw_devices_are_left_alone() -> None:
    others = [
        claim(storageClassName="fast"),
        claim(storageClassName=""),
        claim(volumeName="by-hand"),
        claim(volumeMode="Block"),
    ]

    assert plan(others, []) == Plan((), ())


def test_a_claim_being_deleted_gets_nothing() -> None:
    going = claim()
    going["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"

    assert plan([going], []) == Plan((), ())


def test_a_volume_whose_claim_is_gone_is_deleted() -> None:
    assert plan([], [volume("u1", phase="Released"), volume("u2")]) == Plan((), ("pvc-u1",))


def test_a_released_volume_that_must_be_kept_is_kept() -> None:
    kept = volume(phase="Released")
    kept["spec"]["persistentVolumeReclaimPolicy"] = "Retain"

    assert plan([], [kept]) == Plan((), ())


def test_volumes_of_somebody_else_are_never_deleted() -> None:
    assert plan([], [volume(phase="Released", made_by="csi.example.com")]) == Plan((), ())


def test_a_real_volume_is_local_to_its_node_so_that_fsgroup_is_applied() -> None:
    spec = build_volume(claim(), Path("/volumes/a"), "demo-node")["spec"]

    assert spec["local"] == {"path": "/volumes/a"}
    expressions = spec["nodeAffinity"]["required"]["nodeSelectorTerms"][0]["matchExpressions"]
    assert expressions == [{"key": "kubernetes.io/hostname", "operator": "In", "values": ["demo-node"]}]


def test_a_simulated_volume_fits_every_node() -> None:
    spec = build_volume(claim(), Path("/volumes/a"), None)["spec"]

    assert "nodeAffinity" not in spec
    assert spec["hostPath"] == {"path": "/volumes/a"}


def test_a_volume_is_reserved_for_its_claim() -> None:
    reference = build_volume(claim("u7"), Path("/volumes/a"), None)["spec"]["claimRef"]

    assert (reference["namespace"], reference["name"], reference["uid"]) == ("team", "data", "u7")


def test_the_storage_class_is_the_default_one() -> None:
    annotations = build_storage_class()["metadata"]["annotations"]

    assert annotations == {"storageclass.kubernetes.io/is-default-class": "true"}
