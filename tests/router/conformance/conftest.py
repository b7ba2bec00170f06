"""One router process for all traps; every test has an agent, keys and models of its own in it."""

import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support.conformance import WAYS, Bench, Case, Way, bench
from tests.support.scripted_upstream import ScriptedUpstream

_HERE = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let all of these tests share one event loop, for they share the servers that live in it."""
    for item in items:
        if item.path.is_relative_to(_HERE):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
            item.add_marker(pytest.mark.process)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def upstream() -> AsyncIterator[ScriptedUpstream]:
    async with ScriptedUpstream.running() as server:
        yield server


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def router(tmp_path_factory: pytest.TempPathFactory, upstream: ScriptedUpstream) -> AsyncIterator[Bench]:
    async with bench(tmp_path_factory.mktemp("router"), upstream, free_port()) as running:
        yield running


@pytest.fixture(params=WAYS, ids=str)
def way(request: pytest.FixtureRequest) -> Way:
    found: Way = request.param
    return found


@pytest_asyncio.fixture(loop_scope="session")
async def case(router: Bench, way: Way) -> Case:
    """An agent with one model."""
    return await router.case(way)


@pytest_asyncio.fixture(loop_scope="session")
async def pair(router: Bench, way: Way) -> Case:
    """An agent with two models of the same provider."""
    return await router.case(way, links=2)
