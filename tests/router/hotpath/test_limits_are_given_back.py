import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.running_router import KEY, MODEL, RunningRouter, running_router
from tests.support.scripted_upstream import (
    Cut,
    Hold,
    Pause,
    Reply,
    ScriptedUpstream,
    answer,
    delta,
    event,
    failure,
    stream,
    told,
)
from vutler_router.settings import ProviderName

BODY = {"messages": [{"role": "user", "content": "Hello"}]}
ONE = {"concurrency": 1, "requestsPerMinute": 3}


@pytest.fixture
async def groq(tmp_path: Path, upstream: ScriptedUpstream) -> AsyncIterator[RunningRouter]:
    """A router with a provider whose bill goes on when a caller hangs up."""
    async with running_router(tmp_path, upstream, provider_urls={ProviderName.GROQ: upstream.url}) as running:
        yield running


async def limited(router: RunningRouter, provider: str = "openai") -> str:
    return await router.agent(provider=provider, model=MODEL, api_key=KEY, limits=ONE)


async def leave(router: RunningRouter, token: str, seconds: float = 0.3, **fields: Any) -> None:
    """Ask and hang up after a while."""
    with pytest.raises(httpx.ReadTimeout):
        await router.http.post(
            "/v1/chat/completions",
            json={**BODY, **fields},
            headers={"authorization": f"Bearer {token}"},
            timeout=httpx.Timeout(seconds),
        )


async def held(router: RunningRouter) -> int:
    text = (await router.http.get("/metrics", headers=router.admin)).text
    return int(float(next(line for line in text.splitlines() if line.startswith("vutler_limit_res")).split()[-1]))


async def nothing_is_held(router: RunningRouter) -> None:
    async with asyncio.timeout(2):
        while await held(router):  # noqa: ASYNC110 - the router tells nobody when it changes
            await asyncio.sleep(0.02)


async def asked_again(router: RunningRouter, upstream: ScriptedUpstream, token: str, times: int) -> list[int]:
    """Return how the next requests are answered, one after the other."""
    await nothing_is_held(router)
    upstream.play(answer())
    return [(await router.chat(token)).status_code for _ in range(times)]


@pytest.mark.parametrize(
    "reply",
    [failure(500), failure(429, retry_after="1000"), failure(401), failure(400), Reply(pieces=(b"{", Cut()))],
    ids=["broken", "busy", "refused", "rejected", "cut"],
)
@pytest.mark.parametrize("streamed", [False, True])
async def test_an_upstream_that_fails_takes_nothing(
    router: RunningRouter,
    upstream: ScriptedUpstream,
    reply: Reply,
    streamed: bool,  # noqa: FBT001
) -> None:
    upstream.play(reply)
    token = await limited(router)
    failed = await router.chat(token, stream=streamed)

    assert failed.status_code in {400, 429, 503}
    assert await asked_again(router, upstream, token, 4) == [200, 200, 200, 429]


async def test_a_request_that_cannot_be_answered_takes_nothing(
    router: RunningRouter, upstream: ScriptedUpstream
) -> None:
    token = await limited(router)
    refused = [(await router.chat(token, model="no-such-model")).status_code for _ in range(5)]

    assert refused == [404] * 5
    assert await asked_again(router, upstream, token, 4) == [200, 200, 200, 429]


@pytest.mark.parametrize("streamed", [False, True])
async def test_a_caller_who_leaves_gives_its_place_back(
    router: RunningRouter,
    upstream: ScriptedUpstream,
    streamed: bool,  # noqa: FBT001
) -> None:
    upstream.play(stream(Hold()) if streamed else Reply(pieces=(Hold(),)))
    token = await limited(router)
    await leave(router, token, stream=streamed)

    assert (await asked_again(router, upstream, token, 2)) == [200, 200]


async def test_an_answer_that_is_read_on_for_nobody_keeps_its_place_until_its_end(
    groq: RunningRouter, upstream: ScriptedUpstream
) -> None:
    upstream.play(stream(Pause(0.9), *told(["late"])))
    token = await limited(groq, "groq")
    await leave(groq, token, stream=True)
    meanwhile, refused = await held(groq), await groq.chat(token)

    assert (meanwhile, refused.status_code) == (1, 429)
    assert await asked_again(groq, upstream, token, 3) == [200, 200, 429]
    assert len(await groq.rows(3)) == 3


async def test_an_answer_that_is_read_on_and_never_comes_gives_its_place_back(
    groq: RunningRouter, upstream: ScriptedUpstream
) -> None:
    upstream.play(stream(Pause(0.6), event({"error": {"message": "overloaded"}})))
    token = await limited(groq, "groq")
    await leave(groq, token, stream=True)

    assert await held(groq) == 1
    assert await asked_again(groq, upstream, token, 4) == [200, 200, 200, 429]


@pytest.mark.parametrize("ending", [Cut(), event({"error": {"message": "overloaded"}})], ids=["cut", "error"])
async def test_a_stream_that_breaks_is_counted_and_ends_its_reservation(
    router: RunningRouter, upstream: ScriptedUpstream, ending: Cut | bytes
) -> None:
    upstream.play(stream(event(delta("Half an ")), ending))
    token = await limited(router)
    broken = await router.chat(token, stream=True)

    assert (broken.status_code, b"[DONE]" in broken.content) == (200, False)
    assert await asked_again(router, upstream, token, 3) == [200, 200, 429]


async def test_what_was_used_is_remembered_by_the_next_router(tmp_path: Path, upstream: ScriptedUpstream) -> None:
    async with running_router(tmp_path, upstream) as first:
        token = await limited(first)
        before = [(await first.chat(token)).status_code for _ in range(2)]
    async with running_router(tmp_path, upstream) as second:
        after = [(await second.chat(token)).status_code for _ in range(2)]

    assert (before, after) == ([200, 200], [200, 429])
