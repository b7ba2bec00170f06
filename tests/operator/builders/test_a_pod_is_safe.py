import json

import pytest

from tests.operator.builders.agents import DATA, SETTINGS, children_of, read

CASES = ["minimal", "everything"]


@pytest.mark.parametrize("case", CASES)
def test_no_token_is_in_anything_but_the_secret(case: str) -> None:
    children = children_of(read(DATA / case / "agent.yaml"))
    children.pop("Secret")

    text = json.dumps(children)

    assert "r" * 43 not in text
    assert "g" * 43 not in text
    assert "Bearer t-1" not in text


@pytest.mark.parametrize("case", CASES)
def test_every_container_is_confined(case: str) -> None:
    pod = children_of(read(DATA / case / "agent.yaml"))["Deployment"]["spec"]["template"]["spec"]

    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    for container in (*pod["initContainers"], *pod["containers"]):
        context = container["securityContext"]
        assert context["readOnlyRootFilesystem"] is True
        assert context["allowPrivilegeEscalation"] is False
        assert context["capabilities"] == {"drop": ["ALL"]}


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ({}, {"requests": {"cpu": "250m", "memory": "1Gi"}, "limits": {"cpu": "2", "memory": "2Gi"}}),
        ({"limits": {"memory": "512Mi"}}, {"requests": {"cpu": "250m", "memory": "512Mi"}}),
        ({"requests": {"cpu": 4}}, {"limits": {"cpu": "4", "memory": "2Gi"}}),
    ],
)
def test_defaults_never_contradict_what_the_user_set(limits: dict[str, object], expected: dict[str, object]) -> None:
    case = {"spec": {"runtime": {"resources": limits}}}

    resources = children_of(case)["Deployment"]["spec"]["template"]["spec"]["containers"][0]["resources"]

    assert expected.items() <= resources.items()


def test_a_user_cannot_relabel_the_pod() -> None:
    case = {"spec": {"runtime": {"podLabels": {"app.kubernetes.io/instance": "other"}}}}

    template = children_of(case)["Deployment"]["spec"]["template"]

    assert template["metadata"]["labels"]["app.kubernetes.io/instance"] == "ava"


@pytest.mark.parametrize(
    ("url", "peer", "port"),
    [
        ("http://tools/mcp", {"kubernetes.io/metadata.name": "team-a"}, 80),
        ("http://tools.ops.svc.cluster.local:81/mcp", {"kubernetes.io/metadata.name": "ops"}, 81),
        ("https://[2001:db8::1]/mcp", "2001:db8::1/128", 443),
        ("https://mcp.example.com/mcp", "0.0.0.0/0", 443),
    ],
)
def test_a_tool_server_opens_only_its_way_out(url: str, peer: object, port: int) -> None:
    egress = children_of({"spec": {"mcpServers": {"x": {"url": url}}}})["NetworkPolicy"]["spec"]["egress"]

    assert len(egress) == 3
    first = egress[2]["to"][0]
    assert first.get("ipBlock", {}).get("cidr", first.get("namespaceSelector", {}).get("matchLabels")) == peer
    assert egress[2]["ports"] == [{"port": port, "protocol": "TCP"}]


def test_a_router_outside_the_cluster_is_its_address() -> None:
    settings = SETTINGS.model_copy(update={"agent_router_url": "http://10.88.0.1:3999"})

    spec = children_of({}, settings)["NetworkPolicy"]["spec"]

    assert spec["ingress"][0]["from"] == [{"ipBlock": {"cidr": "10.88.0.1/32"}}]
    assert spec["egress"][1] == {
        "to": [{"ipBlock": {"cidr": "10.88.0.1/32"}}],
        "ports": [{"port": 3999, "protocol": "TCP"}],
    }
