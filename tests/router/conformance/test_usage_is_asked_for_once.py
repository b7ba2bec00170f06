"""A provider that refuses to be asked for counts: these routers remember, so none of them is the others' router."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.router.conformance.conftest import free_port
from tests.support.conformance import PLAIN_CHATS, Bench, Way, bench, over
from tests.support.scripted_upstream import ScriptedUpstream, stream
from vutler_router.providers.definitions import StreamUsage

ASKING = [way for way in PLAIN_CHATS if way.definition.stream_usage is StreamUsage.ON_REQUEST]
REFUSAL = "Extra inputs are not permitted: stream_options.include_usage"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def router(tmp_path_factory: pytest.TempPathFactory, upstream: ScriptedUpstream) -> AsyncIterator[Bench]:
    async with bench(tmp_path_factory.mktemp("forgetful"), upstream, free_port()) as running:
        yield running


@over(ASKING)
async def test_a_provider_that_refuses_to_count_is_asked_without_and_remembered(router: Bench, way: Way) -> None:
    case = await router.case(way)
    case.play(way.wire.failure(400, REFUSAL), stream(*way.wire.events("Hi", counts=None)))
    heard = await case.stream()
    assert (heard.text, heard.whole, case.calls) == ("Hi", True, 2)
    assert ["stream_options" in request.json for request in case.line.received] == [True, False]
    await case.stream()
    assert case.calls == 3
    assert "stream_options" not in case.line.received[2].json
    assert [row["usage_source"] for row in await case.rows(2)] == ["estimated", "estimated"]
    assert await case.breakers() == []
