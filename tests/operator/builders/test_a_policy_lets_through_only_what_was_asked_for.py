import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.operator.builders.agents import DATA, SETTINGS, children_of, read
from tests.operator.builders.reachability import Address, Pod, may_be_reached, may_reach, selects
from vutler_operator import names
from vutler_operator.resources.objects import Manifest

GATEWAY = names.GATEWAY_PORT
ROUTER = Pod("vutler-system", names.ROUTER_LABELS)
DNS = Pod("kube-system", {"k8s-app": "kube-dns"})
AVA = Pod("team-a", names.agent_labels("ava"))
BEN = Pod("team-a", names.agent_labels("ben"))
STRANGER = Pod("team-b", names.agent_labels("ava"))
NEIGHBOUR = Pod("vutler-system", {"app.kubernetes.io/name": "vutler", "app.kubernetes.io/component": "operator"})
"""Lives where the router does, and is not it."""
LOOKALIKE = Pod("team-a", names.ROUTER_LABELS)
API_SERVER = Address("10.96.0.1")
METADATA = (
    Address("169.254.169.254"),
    Address("fd00:ec2::254"),
    Address("100.100.100.200"),
    Address("192.0.0.192"),
    Address("168.63.129.16"),
)
"""Where clouds keep a machine's credentials: AWS, GCP and Azure, AWS on IPv6, Alibaba, Oracle, Azure's platform."""
PUBLIC = (Address("93.184.216.34"), Address("2606:2800:220:1::1"))
PORTS = (22, 53, 80, 443, 3456, 6443, 8080, GATEWAY)


def policy(spec: dict[str, object] | None = None, **settings: str) -> Manifest:
    return children_of({"spec": spec or {}}, SETTINGS.model_copy(update=settings))["NetworkPolicy"]


def asking_for(*urls: str) -> Manifest:
    return policy({"mcpServers": {f"s{number}": {"url": url} for number, url in enumerate(urls)}})


def opened(by: Manifest, *peers: Pod | Address) -> set[int]:
    return {port for peer in peers for port in PORTS if may_reach(by, peer, port)}


@pytest.mark.parametrize("case", ["minimal", "everything"])
def test_it_is_about_the_agents_pod_and_no_other(case: str) -> None:
    built = children_of(read(DATA / case / "agent.yaml"))
    pod = Pod("team-a", built["Deployment"]["spec"]["template"]["metadata"]["labels"])

    assert selects(built["NetworkPolicy"], pod)
    assert [selects(built["NetworkPolicy"], other) for other in (BEN, STRANGER, LOOKALIKE)] == [False] * 3
    assert built["NetworkPolicy"]["spec"]["policyTypes"] == ["Ingress", "Egress"]


def test_may_ava_ask_for_addresses_and_models() -> None:
    assert may_reach(policy(), DNS, 53, "UDP")
    assert may_reach(policy(), DNS, 53, "TCP")
    assert may_reach(policy(), Address("169.254.20.10"), 53, "UDP")
    assert may_reach(policy(), ROUTER, 3456)


def test_may_ava_reach_anything_else() -> None:
    everybody = (DNS, BEN, STRANGER, LOOKALIKE, NEIGHBOUR, API_SERVER, *METADATA, *PUBLIC, Address("169.254.20.10"))
    assert opened(policy(), *everybody) == {53}
    assert opened(policy(), *everybody[1:-1]) == set()
    assert opened(policy(), ROUTER) == {3456}


def test_who_may_reach_ava() -> None:
    assert may_be_reached(policy(), ROUTER, GATEWAY)
    others = (BEN, STRANGER, LOOKALIKE, NEIGHBOUR, DNS, API_SERVER, *PUBLIC, *METADATA)
    assert [may_be_reached(policy(), other, port) for other in others for port in PORTS] == [False] * 8 * len(others)
    assert not may_be_reached(policy(), ROUTER, 22)


def test_a_server_inside_the_cluster_opens_its_namespace_at_its_port() -> None:
    by = asking_for("http://crm.sales.svc:8080/mcp")
    assert opened(by, Pod("sales")) == {8080}
    assert opened(by, Pod("team-b"), API_SERVER, *METADATA, *PUBLIC) == set()


def test_a_short_name_is_a_service_beside_the_agent() -> None:
    assert opened(asking_for("http://crm:8080/mcp"), BEN) == {8080}
    assert opened(asking_for("http://crm:8080/mcp"), Pod("sales"), *PUBLIC) == set()


def test_two_labels_may_be_a_service_or_a_public_name() -> None:
    assert opened(asking_for("http://crm.sales:8080/mcp"), Pod("sales")) == {8080}
    assert opened(asking_for("https://example.com/mcp"), *PUBLIC) == {443}
    assert opened(asking_for("https://example.com./mcp"), Pod("com")) == set()


def test_a_server_outside_opens_public_addresses_only() -> None:
    by = asking_for("https://mcp.example.com/mcp")
    assert all(may_reach(by, there, 443) for there in PUBLIC)
    assert not may_reach(by, PUBLIC[0], 443, "UDP")
    private = (Address(f"{start}.0.0.9") for start in (0, 10, 127, 224, 240))
    assert opened(by, *PUBLIC) == {443}
    assert opened(by, BEN, STRANGER, ROUTER, API_SERVER, Address("192.168.1.1"), *METADATA, *private) == {3456}


def test_an_address_opens_that_address() -> None:
    by = asking_for("http://10.20.30.40:8080/mcp", "http://[2001:db8::7]:8080/mcp")
    assert opened(by, Address("10.20.30.40")) == opened(by, Address("2001:db8::7")) == {8080}
    assert opened(by, Address("10.20.30.41"), Address("2001:db8::8"), *METADATA, *PUBLIC) == set()


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254",
        "[::ffff:169.254.169.254]",
        "[fe80::1]",
        "[fe80::1%25eth0]",
        "127.0.0.1",
        "[::1]",
        "0.0.0.0",
        "2852039166",
        "0xa9fea9fe",
        "0xa9.0xfe.0xa9.0xfe",
        "169.254.43518",
        "169.16689662",
    ],
)
def test_no_spelling_opens_the_metadata_address_or_the_node(host: str) -> None:
    by = asking_for(f"http://{host}/mcp")
    assert opened(by, *METADATA, API_SERVER, Address("127.0.0.1"), Address("::1"), Address("fe80::1")) == set()


def test_own_settings_open_what_they_name() -> None:
    config = {
        "mcp": {"servers": {"crm": {"url": "http://crm.sales.svc:8080/mcp"}}},
        "models": {"providers": {"mine": {"baseUrl": "http://10.1.2.3:443/v1"}, "odd": {"baseUrl": "${URL}"}}},
    }
    by = policy({"runtime": {"config": config}})
    assert opened(by, Pod("sales")) == {8080}
    assert opened(by, Address("10.1.2.3")) == {443}
    assert len(by["spec"]["egress"]) == 4


@pytest.mark.parametrize("config", [{"mcp": {"servers": {"x": 1, "y": {}}}}, {"mcp": {"servers": {}}}])
def test_own_settings_of_another_shape_open_nothing(config: dict[str, object]) -> None:
    # Only settings of a version that the operator does not know come so far.
    assert policy({"runtime": {"config": config, "image": "openclaw:other"}}) == policy()


def test_a_router_with_a_public_name_reaches_nobody() -> None:
    by = policy(agent_router_url="https://router.vutler.example")
    assert [may_be_reached(by, there, GATEWAY) for there in (*PUBLIC, ROUTER, BEN)] == [False] * 4
    assert opened(by, *PUBLIC) == {443}


LABELS = st.from_regex(r"[a-zA-Z0-9_%~-]{0,70}", fullmatch=True)
HOSTS = st.one_of(
    st.lists(LABELS, min_size=1, max_size=6).map(".".join),
    st.lists(LABELS, min_size=1, max_size=2).map(lambda labels: ".".join((*labels, "svc"))),
    st.ip_addresses(v=4).map(str),
    st.ip_addresses(v=6).map(lambda address: f"[{address}]"),
)


@given(host=HOSTS.filter(bool), port=st.none() | st.sampled_from(PORTS))
@example(host="a.b%41.svc", port=None)
@example(host="[2001:db8::1%25x]", port=80)
def test_no_address_opens_more_than_it_names_or_breaks_the_policy(host: str, port: int | None) -> None:
    url = f"http://{host}{'' if port is None else f':{port}'}/mcp"

    by = asking_for(url)

    asked = port or 80
    open_ports = opened(by, *PUBLIC, BEN, STRANGER, LOOKALIKE, *METADATA) - {53}
    assert open_ports <= {asked}
    assert opened(by, *METADATA) <= (
        {asked} if host.startswith(("100.100", "[fd00:ec2", "168.63", "192.0.0")) else set()
    )
    for rule in by["spec"]["egress"]:
        for peer in rule["to"]:
            for value in peer.get("namespaceSelector", {}).get("matchLabels", {}).values():
                assert 0 < len(value) <= 63
                assert value.replace("-", "a").isalnum()
            assert "%" not in peer.get("ipBlock", {}).get("cidr", "")
            assert not peer.get("ipBlock", {}).get("cidr", "").startswith("::ffff:")
