import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest
from aiohttp import web
from kubernetes.aio.client import ApiClient, Configuration
from prometheus_client import CollectorRegistry, Counter

from vutler_operator.cluster import Client, Cluster
from vutler_operator.errors import ClusterError, Expired, Forbidden
from vutler_operator.resources.objects import EVENT, SERVICE, Manifest, ObjectRef


def event(happened: str, **metadata: str) -> bytes:
    return json.dumps({"type": happened, "object": {"metadata": metadata}}).encode() + b"\n"


GONE = b'{"type":"ERROR","object":{"kind":"Status","code":410,"message":"too old resource version"}}\n'


class Server:
    """An API server that answers a watch with pieces, as they are; and then breaks off, if told to."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.status = 200
        self.breaks = False
        self.goes_on = False
        self.asked: list[dict[str, str]] = []

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(dict(request.query))
        answer = web.StreamResponse(status=self.status)
        await answer.prepare(request)
        for piece in self.pieces:
            await answer.write(piece)
        if self.goes_on and "watch" in request.query:
            await asyncio.Event().wait()
        if self.breaks:
            cast("Any", request.transport).abort()
        return answer


@pytest.fixture
async def served() -> AsyncIterator[tuple[Server, Client]]:
    server, app = Server(), web.Application()
    app.router.add_route("*", "/{path:.*}", server.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    api = ApiClient(Configuration(host=f"http://127.0.0.1:{runner.addresses[0][1]}"))
    counter = Counter("requests", "", ["verb", "resource", "status"], registry=CollectorRegistry())
    client = Client(cast("Any", api), counter)
    yield server, client
    await client.aclose()
    await runner.cleanup()


async def heard(client: Client) -> list[tuple[str, Manifest]]:
    watch = Cluster(client).watch(SERVICE, "team-a", labels="a=b", version="7", seconds=300)
    return [(happened, obj["metadata"]) async for happened, obj in watch]


async def test_events_are_whole_however_the_network_cut_them(served: tuple[Server, Client]) -> None:
    server, client = served
    lines = event("ADDED", name="ava") + event("BOOKMARK", resourceVersion="9")
    server.pieces = [lines[:5], lines[5:40], lines[40:]]

    assert await heard(client) == [("ADDED", {"name": "ava"}), ("BOOKMARK", {"resourceVersion": "9"})]
    assert server.asked == [
        {
            "watch": "1",
            "allowWatchBookmarks": "true",
            "resourceVersion": "7",
            "timeoutSeconds": "300",
            "labelSelector": "a=b",
        }
    ]


async def test_what_the_server_does_not_remember_is_expired(served: tuple[Server, Client]) -> None:
    server, client = served
    server.pieces = [GONE]
    with pytest.raises(Expired, match="too old resource version"):
        await heard(client)

    server.status, server.pieces = 410, [b'{"message": "gone"}']
    with pytest.raises(Expired, match="gone"):
        await heard(client)


async def test_a_watch_that_breaks_off_says_so(served: tuple[Server, Client]) -> None:
    server, client = served
    server.pieces, server.breaks = [event("ADDED", name="ava")], True

    with pytest.raises(ClusterError, match="the watch of services broke"):
        await heard(client)


async def test_watches_of_many_namespaces_keep_no_request_out(served: tuple[Server, Client]) -> None:
    server, client = served
    server.pieces, server.goes_on = [event("ADDED", name="ava")], True
    cluster = Cluster(client)

    watches = [cluster.watch(SERVICE, f"n{n}", labels="", version="7", seconds=300) for n in range(80)]
    async with asyncio.timeout(20):
        await asyncio.gather(*(anext(watch) for watch in watches))
        assert await cluster.get(ObjectRef("Service", "team-a", "ava")) is not None

    for watch in watches:
        await watch.aclose()


async def test_what_is_not_permitted_is_not_watched(served: tuple[Server, Client]) -> None:
    server, client = served

    with pytest.raises(Forbidden):
        await anext(Cluster(client).watch(EVENT, "team-a", labels="", version="7", seconds=300))

    assert server.asked == []
