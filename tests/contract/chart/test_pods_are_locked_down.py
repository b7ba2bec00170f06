from typing import Any

import pytest

from tests.support.helm import REPLICATED, Helm, Manifest, Release, pod_specs
from vutler_operator.names import ROUTER_LABELS, agent_labels

pytestmark = pytest.mark.api

ROUTER_PORT = {"port": "http", "protocol": "TCP"}


@pytest.fixture(params=[{}, REPLICATED], ids=["defaults", "replicated"])
def release(helm: Helm, request: pytest.FixtureRequest) -> Release:
    return helm.render(request.param)


def test_every_pod_meets_the_restricted_standard(release: Release) -> None:
    for _, spec in pod_specs(release):
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["runAsUser"] >= 10000
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in spec["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }


def test_a_user_without_a_name_can_work_where_it_starts(release: Release) -> None:
    for name, spec in pod_specs(release):
        (container,) = spec["containers"]
        writable = {mount["mountPath"] for mount in container.get("volumeMounts", []) if not mount.get("readOnly")}
        assert container.get("workingDir", "/data") in {"/", *writable}, name
    assert release.environment("operator")["POD_ID"] == {"fieldRef": {"fieldPath": "metadata.name"}}


def test_every_container_says_what_it_needs_and_what_it_may_take(release: Release) -> None:
    for _, spec in pod_specs(release):
        for container in spec["containers"]:
            for amounts in (container["resources"]["requests"], container["resources"]["limits"]):
                assert set(amounts) == {"cpu", "memory", "ephemeral-storage"}


def test_only_pods_that_use_it_get_a_token_for_the_api_server(release: Release) -> None:
    assert with_tokens(release) == {"vutler-operator", "vutler-router"}
    assert all(not account["automountServiceAccountToken"] for account in release.of_kind("ServiceAccount"))


def test_a_router_that_may_not_switch_agents_gets_no_token(helm: Helm) -> None:
    release = helm.render({"router": {"clusterAccess": False}})
    assert with_tokens(release) == {"vutler-operator"}
    assert release.environment("router")["ROUTER_CLUSTER"] == "off"


def with_tokens(release: Release) -> set[str]:
    return {name for name, spec in pod_specs(release) if spec["automountServiceAccountToken"]}


@pytest.mark.parametrize(("component", "port"), [("operator", 8081), ("router", 3456)])
def test_probes_ask_the_port_that_is_served(release: Release, component: str, port: int) -> None:
    deployment = release.one("Deployment", f"vutler-{component}")
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    (named,) = container["ports"]
    assert named["containerPort"] == port
    probes = {probe: container[f"{probe}Probe"]["httpGet"] for probe in ("startup", "liveness", "readiness")}
    assert {probe: get["path"] for probe, get in probes.items()} == {
        "startup": "/healthz",
        "liveness": "/healthz",
        "readiness": "/readyz",
    }
    assert {get["port"] for get in probes.values()} == {named["name"]}


def test_every_pod_has_a_network_policy_for_both_directions(release: Release) -> None:
    policies = {policy["metadata"]["name"]: policy["spec"] for policy in release.of_kind("NetworkPolicy")}
    assert set(policies) == {name for name, _ in pod_specs(release)}
    assert all(spec["policyTypes"] == ["Ingress", "Egress"] for spec in policies.values())


def callers(helm: Helm, values: dict[str, Any]) -> list[Manifest]:
    spec = helm.render(values).one("NetworkPolicy", "vutler-router")["spec"]
    (rule,) = spec["ingress"]
    assert rule["ports"] == [ROUTER_PORT]
    peers: list[Manifest] = rule["from"]
    return peers


def test_the_router_is_called_by_our_pods_and_by_agents_only(helm: Helm) -> None:
    ours, agents = callers(helm, {})
    assert ours["podSelector"]["matchLabels"]["app.kubernetes.io/name"] == "vutler"
    assert "namespaceSelector" not in ours
    assert agents["podSelector"]["matchLabels"].items() <= agent_labels("ava").items()
    assert agents["namespaceSelector"] == {}


def test_agents_find_the_router_by_the_labels_their_own_policies_name(helm: Helm) -> None:
    pods = helm.render().one("Deployment", "vutler-router")["spec"]["template"]["metadata"]["labels"]
    assert ROUTER_LABELS.items() <= pods.items()


def test_agents_of_other_namespaces_are_kept_out_when_namespaces_are_named(helm: Helm) -> None:
    agents = callers(helm, {"watchNamespaces": ["team-a"]})[1]
    (expression,) = agents["namespaceSelector"]["matchExpressions"]
    assert (expression["key"], expression["values"]) == ("kubernetes.io/metadata.name", ["team-a"])


def test_whom_the_values_name_may_call_too(helm: Helm) -> None:
    peer = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "ingress"}}}
    assert callers(helm, {"networkPolicy": {"allowFrom": [peer]}})[-1] == peer


def test_the_operator_reaches_dns_the_router_and_the_api_server_only(helm: Helm) -> None:
    egress = helm.render().one("NetworkPolicy", "vutler-operator")["spec"]["egress"]
    dns, router, api_server = egress
    assert {port["port"] for port in dns["ports"]} == {53}
    assert router["ports"] == [ROUTER_PORT]
    assert router["to"][0]["podSelector"]["matchLabels"]["app.kubernetes.io/component"] == "router"
    assert {port["port"] for port in api_server["ports"]} == {443, 6443}


def test_the_router_does_not_reach_a_clouds_machine_credentials(helm: Helm) -> None:
    egress = helm.render().one("NetworkPolicy", "vutler-router")["spec"]["egress"]
    (everywhere,) = [peer["ipBlock"] for peer in egress[1]["to"] if "0.0.0.0/0" in str(peer)]
    assert everywhere["except"] == ["169.254.0.0/16"]
