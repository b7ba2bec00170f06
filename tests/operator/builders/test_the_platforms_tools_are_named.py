import json
from typing import Any

import pytest

from tests.operator.builders.agents import children_of
from vutler_operator.errors import Blocked


def servers(spec: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(children_of({"spec": spec})["ConfigMap"]["data"]["openclaw.json"])["mcp"][
        "servers"
    ]
    return found


def test_every_agent_is_told_of_the_routers_tools_by_the_token_it_has() -> None:
    assert servers({}) == {
        "platform": {
            "url": "http://vutler-router.vutler-system.svc:3456/mcp",
            "transport": "streamable-http",
            "connectionTimeoutMs": 5000,
            "requestTimeoutMs": 630_000,
            "headers": {"Authorization": "Bearer ${ROUTER_API_KEY}"},
        }
    }


def test_what_is_granted_changes_nothing_in_the_pod() -> None:
    assert children_of({"spec": {"tools": []}}) == children_of({"spec": {"delegates": [{"name": "coder"}]}})


def test_an_agents_own_servers_stand_beside_it() -> None:
    assert list(servers({"mcpServers": {"zoo": {"url": "http://zoo/mcp"}, "crm": {"url": "http://crm/mcp"}}})) == [
        "crm",
        "platform",
        "zoo",
    ]


def test_its_name_is_taken() -> None:
    with pytest.raises(Blocked, match="this name belongs to the platform's own tools"):
        servers({"mcpServers": {"platform": {"url": "http://elsewhere/mcp"}}})


def test_an_agents_own_settings_cannot_point_it_elsewhere() -> None:
    with pytest.raises(Blocked, match=r"spec\.runtime\.config\.mcp\.servers\.platform is set by Vutler"):
        servers({"runtime": {"config": {"mcp": {"servers": {"platform": {"url": "http://elsewhere/mcp"}}}}}})


@pytest.mark.parametrize("config", [{"mcp": 1}, {"mcp": {"servers": []}}])
def test_an_agents_own_settings_cannot_take_it_away(config: dict[str, Any]) -> None:
    with pytest.raises(Blocked, match="must be an object"):
        servers({"runtime": {"config": config, "image": "openclaw:other"}})
