from typing import Any

import pytest

from vutler_operator.drift import find_additions, find_differences, parse_quantity, slim, stamp


def obj(spec: object, **metadata: Any) -> dict[str, Any]:
    return {"kind": "Deployment", "metadata": {"name": "ava", **metadata}, "spec": spec}


@pytest.mark.parametrize(
    ("desired", "live"),
    [
        ({"a": 1}, {"a": 1, "defaulted": True}),
        ({"a": "", "b": [], "c": None, "d": False, "e": {}}, {}),
        ({"memory": "1024Mi", "cpu": "1000m"}, {"memory": "1Gi", "cpu": "1"}),
        ({"items": [{"a": 1}]}, {"items": [{"a": 1, "protocol": "TCP"}]}),
    ],
)
def test_what_the_api_server_rewrites_is_no_difference(desired: object, live: object) -> None:
    assert find_differences(obj(desired), obj(live)) == ()


@pytest.mark.parametrize(
    ("desired", "live", "path"),
    [
        ({"a": 1}, {"a": 2}, ".spec.a"),
        ({"a": 1}, {}, ".spec.a"),
        ({"a": False}, {"a": True}, ".spec.a"),
        ({"items": [1]}, {"items": [1, 2]}, ".spec.items"),
        ({"items": [{"a": {"b": "x"}}]}, {"items": [{"a": {"b": "y"}}]}, ".spec.items[0].a.b"),
        ({"memory": "1Gi"}, {"memory": "2Gi"}, ".spec.memory"),
    ],
)
def test_a_change_is_named_by_its_path(desired: object, live: object, path: str) -> None:
    assert find_differences(obj(desired), obj(live)) == (path,)


def test_a_removed_field_shows_in_the_hash() -> None:
    before, after = stamp(obj({"a": 1, "b": 2})), stamp(obj({"a": 1}))

    assert find_differences(after, before) == (".annotations.vutler.io/desired-hash",)


def test_the_owner_and_foreign_labels() -> None:
    owner = {"kind": "Agent", "name": "ava", "uid": "1", "controller": True}
    desired = obj({}, labels={"a": "b"}, ownerReferences=[owner])

    assert find_differences(desired, obj({}, labels={"a": "b", "c": "d"}, ownerReferences=[owner])) == ()
    assert find_differences(desired, obj({}, labels={"a": "b"})) == (".owner",)


def managed(fields: dict[str, Any], manager: str = "kubectl-edit", operation: str = "Update") -> dict[str, Any]:
    return {"manager": manager, "operation": operation, "fieldsV1": fields}


CONTAINERS = {"containers": [{"name": "openclaw", "image": "i"}]}


@pytest.mark.parametrize(
    ("entry", "found"),
    [
        (managed({"f:spec": {"f:hostNetwork": {}}}), (".spec.hostNetwork",)),
        (
            managed({"f:spec": {"f:containers": {'k:{"name":"spy"}': {".": {}, "f:image": {}}}}}),
            ('.spec.containers[{"name":"spy"}]',),
        ),
        (managed({"f:spec": {"f:containers": {'k:{"name":"openclaw"}': {"f:image": {}}}}}), ()),
        (managed({"f:metadata": {"f:annotations": {"f:x": {}}}, "f:status": {"f:replicas": {}}}), ()),
        (managed({"f:spec": {"f:x": {}}}, "vutler-operator", "Apply"), ()),
        (managed({"f:spec": {"f:x": {}}}, "vutler-operator", "Update"), ()),
        ({**managed({"f:spec": {"f:replicas": {}}}), "subresource": "scale"}, ()),
    ],
)
def test_only_what_others_added_to_the_content_counts(entry: dict[str, Any], found: tuple[str, ...]) -> None:
    live = obj(CONTAINERS, managedFields=[entry])

    assert find_additions(obj(CONTAINERS), live) == found
    assert find_additions(obj(CONTAINERS), slim(live)) == found


@pytest.mark.parametrize(("text", "value"), [("500m", 0.5), ("2Gi", 2 * 1024**3), ("1e3", 1000), ("3", 3), ("x", None)])
def test_quantities_have_values(text: str, value: float | None) -> None:
    found = parse_quantity(text)

    assert (None if found is None else float(found)) == value


def test_of_a_pod_only_its_state_is_kept() -> None:
    pod = {"kind": "Pod", "metadata": {"name": "ava"}, "spec": {"containers": []}, "status": {"phase": "Running"}}

    assert slim(pod) == {"kind": "Pod", "metadata": {"name": "ava"}, "status": {"phase": "Running"}}
    assert "spec" in pod, "what was given stays as it is"
