import asyncio
from pathlib import Path

import pytest

from tests.support.running_router import running_router
from tests.support.scripted_upstream import Hold, Reply, ScriptedUpstream, delta, event, stream

SOON = 5.0


@pytest.mark.parametrize("setting", ["idle_timeout", "total_timeout"])
@pytest.mark.parametrize("streamed", [True, False])
async def test_a_provider_that_never_answers_is_given_up(
    tmp_path: Path, upstream: ScriptedUpstream, setting: str, *, streamed: bool
) -> None:
    upstream.play(stream(Hold()))
    async with running_router(tmp_path, upstream, **{setting: 0.3}) as router, asyncio.timeout(SOON):
        response = await router.chat(await router.agent(), stream=streamed)
    assert (response.status_code, response.json()["error"]["code"]) == (503, "upstream_timeout")


@pytest.mark.parametrize("setting", ["idle_timeout", "total_timeout"])
async def test_a_stream_that_stalls_ends_in_an_error(tmp_path: Path, upstream: ScriptedUpstream, setting: str) -> None:
    upstream.play(stream(event(delta("Hel")), Hold()))
    async with running_router(tmp_path, upstream, **{setting: 0.3}) as router, asyncio.timeout(SOON):
        response = await router.chat(await router.agent(), stream=True)
        (row,) = await router.rows()
    assert b'"upstream_timeout"' in response.content
    assert b"[DONE]" not in response.content
    assert row["status"] == "error"


async def test_a_provider_that_cannot_be_reached_is_a_passing_failure(tmp_path: Path) -> None:
    async with ScriptedUpstream.running() as gone:
        pass
    async with running_router(tmp_path, gone) as router:
        response = await router.chat(await router.agent())
    assert (response.status_code, response.json()["error"]["code"]) == (503, "upstream_unreachable")


async def test_more_requests_than_the_router_takes_are_asked_to_come_back(
    tmp_path: Path, upstream: ScriptedUpstream
) -> None:
    upstream.play(Reply(pieces=(Hold(),)))
    async with running_router(tmp_path, upstream, max_concurrency=1) as router:
        token = await router.agent()
        first = asyncio.create_task(router.chat(token))
        async with asyncio.timeout(SOON):
            while not upstream.received:  # noqa: ASYNC110 - the script tells nobody what has arrived
                await asyncio.sleep(0.01)
        second = await router.chat(token)
        first.cancel()
    assert (second.status_code, second.json()["error"]["code"]) == (503, "overloaded")
    assert second.headers["retry-after"] == "2"
