from collections.abc import AsyncIterator
from typing import Any, cast

import pytest
from aiohttp import web
from kubernetes.aio.client import ApiClient, Configuration
from prometheus_client import CollectorRegistry, Counter

from vutler_operator.cluster import PERMISSIONS, Client, Cluster
from vutler_operator.errors import ClusterError, Conflict, Forbidden, NotFound
from vutler_operator.resources.objects import AGENT, DEPLOYMENT, POD, ObjectRef

REF = ObjectRef("Deployment", "team-a", "ava")


@pytest.fixture
async def server() -> AsyncIterator[tuple[Client, list[str]]]:
    """A server that answers with the status that the name asks for, and a client of it."""
    seen: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        seen.append(f"{request.method} {request.path_qs}")
        status = int(request.match_info["name"]) if request.match_info["name"].isdecimal() else 200
        return web.json_response({"message": "said the server", "metadata": {"name": "x"}}, status=status)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}/{name}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    api = ApiClient(Configuration(host=f"http://127.0.0.1:{runner.addresses[0][1]}"))
    counter = Counter("requests", "", ["verb", "resource", "status"], registry=CollectorRegistry())
    client = Client(cast("Any", api), counter)
    yield client, seen
    await client.aclose()
    await runner.cleanup()


def test_nothing_is_deleted_and_no_agent_is_written_but_its_status() -> None:
    verbs = {(permission.group, permission.resource): permission.verbs for permission in PERMISSIONS}

    assert not any("delete" in granted or "update" in granted for granted in verbs.values())
    assert verbs["vutler.io", "agents"] == {"list", "watch"}
    assert verbs["vutler.io", "agents/status"] == {"patch"}
    assert verbs["", "pods"] == {"list", "watch"}


async def test_what_is_not_permitted_is_not_sent(server: tuple[Client, list[str]]) -> None:
    client, seen = server

    for verb, kind, subresource in (("patch", AGENT, ""), ("get", POD, ""), ("patch", DEPLOYMENT, "status")):
        with pytest.raises(Forbidden, match="not among the operator's permissions"):
            await client.request(verb, kind, REF, subresource=subresource)  # type: ignore[arg-type]  # from a tuple

    assert seen == []


@pytest.mark.parametrize(
    ("status", "error"), [("404", NotFound), ("409", Conflict), ("403", Forbidden), ("500", ClusterError)]
)
async def test_refusals_become_our_errors(
    server: tuple[Client, list[str]], status: str, error: type[ClusterError]
) -> None:
    client, _ = server

    with pytest.raises(error, match=f"Deployment team-a/{status}: said the server"):
        await client.request("get", DEPLOYMENT, ObjectRef("Deployment", "team-a", status))


async def test_an_absent_object_is_none(server: tuple[Client, list[str]]) -> None:
    client, seen = server

    assert await Cluster(client).get(ObjectRef("Deployment", "team-a", "404")) is None
    assert seen == ["GET /apis/apps/v1/namespaces/team-a/deployments/404"]
