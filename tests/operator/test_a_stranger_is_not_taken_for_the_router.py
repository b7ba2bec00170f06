"""While the router's Service changes or an Ingress has no backend, somebody else may answer at its address."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import web

from vutler_operator.errors import RouterUnreachable
from vutler_operator.router_client import RouterClient

CALLS: dict[str, Callable[[RouterClient], Awaitable[object]]] = {
    "an agent is told": lambda router: router.put_agent("team-a.ava", {}),
    "an agent is removed": lambda router: router.delete_agent("team-a.ava"),
    "refused keys are asked for": lambda router: router.key_troubles(),
}


@pytest.fixture
async def stranger() -> AsyncIterator[RouterClient]:
    """A client whose address leads to a server that knows nothing."""
    runner = web.AppRunner(web.Application())
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    router = RouterClient(f"http://127.0.0.1:{runner.addresses[0][1]}", "token")
    yield router
    await router.aclose()
    await runner.cleanup()


@pytest.mark.parametrize("call", CALLS)
async def test_its_404_means_that_the_router_was_not_reached(stranger: RouterClient, call: str) -> None:
    with pytest.raises(RouterUnreachable, match=r"^404: whoever answers there is not the router$"):
        await CALLS[call](stranger)
