from collections.abc import AsyncIterator
from typing import Any, cast

import pytest
from aiohttp import web
from kubernetes.aio.client import ApiClient, Configuration
from prometheus_client import CollectorRegistry, Counter

from vutler_operator.cluster import Client, Cluster
from vutler_operator.errors import LeadershipLost
from vutler_operator.resources.objects import ObjectRef
from vutler_operator.router_client import RouterClient

SERVICE = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "ava", "namespace": "team-a"}}


def refuse() -> None:
    raise LeadershipLost("another one acts")


@pytest.fixture
async def server() -> AsyncIterator[tuple[str, list[str]]]:
    """A server that takes everything, and what it was asked."""
    seen: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        seen.append(request.method)
        return web.json_response({"metadata": {"name": "ava"}, "agents": []})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}", seen
    await runner.cleanup()


async def test_the_api_server_is_read_but_not_written_without_the_lease(server: tuple[str, list[str]]) -> None:
    url, seen = server
    counter = Counter("requests", "", ["verb", "resource", "status"], registry=CollectorRegistry())
    client = Client(cast("Any", ApiClient(Configuration(host=url))), counter, refuse)
    cluster = Cluster(client)

    with pytest.raises(LeadershipLost):
        await cluster.create(SERVICE)
    with pytest.raises(LeadershipLost):
        await cluster.create_event({"kind": "Event", "metadata": {"namespace": "team-a"}})
    await cluster.get(ObjectRef("Service", "team-a", "ava"))

    assert seen == ["GET"]
    await client.aclose()


async def test_the_router_is_read_but_not_written_without_the_lease(server: tuple[str, list[str]]) -> None:
    url, seen = server
    router = RouterClient(url, "token", refuse)

    with pytest.raises(LeadershipLost):
        await router.put_agent("team-a.ava", {})
    with pytest.raises(LeadershipLost):
        await router.delete_agent("team-a.ava")
    await router.list_agents()

    assert seen == ["GET"]
    await router.aclose()
