from typing import Any

import pytest

from tests.support.helm import CHART, REPLICATED, Helm, Manifest, Release, pod_specs

pytestmark = pytest.mark.api

EVERYTHING_ON: dict[str, Any] = {
    "ingress": {"enabled": True, "tlsSecretName": "cert"},
    "serviceMonitor": {"enabled": True},
    "prometheusRule": {"enabled": True},
    "dashboards": {"enabled": True},
    "managed": {"keys": {"openai": {"value": "sk-secret"}, "mistral": {"secretKeyRef": {"name": "keys", "key": "m"}}}},
    "prices": {"openai/gpt-4o": {"input": 2.5, "output": 10}},
    "imagePullSecrets": ["registry"],
}
CLUSTER_SCOPED = {
    "ClusterRole",
    "ClusterRoleBinding",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
}
VARIANTS: dict[str, dict[str, Any]] = {
    "defaults": {},
    "replicated": dict(REPLICATED),
    "namespaced": {"watchNamespaces": ["team-a", "team-b"]},
    "everything": EVERYTHING_ON,
}


@pytest.fixture(params=VARIANTS)
def release(helm: Helm, request: pytest.FixtureRequest) -> Release:
    return helm.render(VARIANTS[request.param])


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_same_values_give_the_same_output(helm: Helm, variant: str) -> None:
    assert helm.render(VARIANTS[variant]) == helm.render(VARIANTS[variant])


def test_helm_finds_nothing_to_complain_about(helm: Helm) -> None:
    assert "0 chart(s) failed" in helm.run("lint", "--strict", str(CHART))


def test_no_object_is_rendered_twice(release: Release) -> None:
    names = [(m["kind"], m["metadata"].get("namespace"), m["metadata"]["name"]) for m in release.manifests]
    assert len(names) == len(set(names))


def test_namespaced_objects_say_where_they_belong(release: Release) -> None:
    adrift = [m["kind"] for m in release.manifests if "namespace" not in m["metadata"]]
    assert set(adrift) <= CLUSTER_SCOPED


def test_releases_for_namespaces_of_their_own_share_nothing(helm: Helm) -> None:
    def whole_cluster(home: str, watched: str) -> set[tuple[str, str]]:
        release = helm.render({"watchNamespaces": [watched]}, namespace=home)
        return {(m["kind"], m["metadata"]["name"]) for m in release.manifests if "namespace" not in m["metadata"]}

    here = whole_cluster("home-a", "team-a")
    assert here
    assert here & whole_cluster("home-b", "team-b") == set()


def test_services_policies_and_budgets_select_the_pods_they_are_for(release: Release) -> None:
    pods = {
        m["metadata"]["name"]: m["spec"]["template"]["metadata"]["labels"] for m in release.of_kind("Deployment")
    } | {m["metadata"]["name"]: m["metadata"]["labels"] for m in release.of_kind("Pod")}
    for manifest in release.manifests:
        selector = pod_selector(manifest)
        if selector is None:
            continue
        chosen = [name for name, labels in pods.items() if selector.items() <= labels.items()]
        assert chosen == [manifest["metadata"]["name"]]


def pod_selector(manifest: Manifest) -> dict[str, str] | None:
    spec = manifest.get("spec", {})
    selectors: dict[str, Any] = {
        "Service": spec.get("selector"),
        "NetworkPolicy": spec.get("podSelector", {}).get("matchLabels"),
        "PodDisruptionBudget": spec.get("selector", {}).get("matchLabels"),
        "Deployment": spec.get("selector", {}).get("matchLabels"),
    }
    selector: dict[str, str] | None = selectors.get(manifest["kind"])
    return selector


def test_what_pods_refer_to_is_rendered_or_was_named_by_the_user(release: Release) -> None:
    theirs = {"keys", "registry", "s3-keys"}
    for _, spec in pod_specs(release):
        assert release.has("ServiceAccount", spec["serviceAccountName"])
        for volume in spec.get("volumes", []):
            if claim := volume.get("persistentVolumeClaim"):
                assert release.has("PersistentVolumeClaim", claim["claimName"])
            if config := volume.get("configMap"):
                assert release.has("ConfigMap", config["name"])
        for container in spec["containers"]:
            for entry in container.get("env", []):
                if reference := entry.get("valueFrom", {}).get("secretKeyRef"):
                    assert reference["name"] in theirs or release.has("Secret", reference["name"])


def test_files_named_in_the_environment_are_mounted(helm: Helm) -> None:
    release = helm.render(EVERYTHING_ON)
    files = release.one("ConfigMap", "vutler-router")["data"]
    environment = release.environment("router")
    assert {environment["TIERS_FILE"], environment["PRICES_FILE"]} == {f"/etc/vutler/{name}" for name in files}


def test_an_image_is_named_by_tag_or_by_digest(helm: Helm) -> None:
    digest = "sha256:" + "a" * 64
    images = {
        spec["containers"][0]["image"] for _, spec in pod_specs(helm.render({"image": {"tag": "1", "digest": digest}}))
    }
    assert images == {f"vutler@{digest}"}
    agents = helm.render({"openclaw": {"image": {"digest": digest}}}).environment("operator")["OPENCLAW_IMAGE"]
    assert agents == f"ghcr.io/openclaw/openclaw@{digest}"


def test_another_home_namespace_moves_every_address(helm: Helm) -> None:
    release = helm.render(namespace="elsewhere")
    assert "vutler-system" not in str(release.manifests)
    assert release.environment("operator")["ROUTER_URL"] == "http://vutler-router.elsewhere.svc:3456"
    assert release.environment("operator")["TEMPLATES_NAMESPACE"] == "elsewhere"


def test_the_notes_say_what_to_do_next(helm: Helm) -> None:
    notes = helm.run("install", "vutler", str(CHART), "--dry-run=client").partition("NOTES:")[2]
    for advice in ("rollout status", "kind: Agent", "port-forward", "ROUTER_ADMIN_TOKEN", "helm -n vutler-system test"):
        assert advice in notes
    assert "No managed provider key is set" in notes
