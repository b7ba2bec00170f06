"""One caller's mistake with the field that asks for counts; a router of its own, for what it remembers."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.router.conformance.conftest import free_port
from tests.support.conformance import PLAIN_CHATS, Bench, Way, bench, over
from tests.support.dialects import Trouble
from tests.support.scripted_upstream import Reply, ScriptedUpstream, stream
from vutler_router.providers.definitions import StreamUsage

ASKING = [way for way in PLAIN_CHATS if way.definition.stream_usage is StreamUsage.ON_REQUEST]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def router(tmp_path_factory: pytest.TempPathFactory, upstream: ScriptedUpstream) -> AsyncIterator[Bench]:
    async with bench(tmp_path_factory.mktemp("mistaken"), upstream, free_port()) as running:
        yield running


@over(ASKING)
async def test_one_callers_own_mistake_does_not_end_the_counting_for_others(router: Bench, way: Way) -> None:
    refused = Reply(400, (way.wire.troubled(Trouble.REFUSED, "stream_options: unknown option `colour`"),))
    one, other = await router.case(way), await router.case(way)
    one.play(refused)
    await one.ask(stream=True, stream_options={"colour": "red"})
    other.play(stream(*way.wire.events("Hi")))
    await other.stream()
    assert other.line.received[0].json.get("stream_options") == {"include_usage": True}
