import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.support.running_router import KEY, RunningRouter, running_router
from tests.support.scripted_upstream import Hold, Pause, ScriptedUpstream, delta, event, stream, told, usage_chunk
from vutler_router.settings import ProviderName

BODY = {"stream": True, "messages": [{"role": "user", "content": "Hello"}]}
SLOW: list[bytes | Pause] = [event(delta("A ")), Pause(0.6), event(delta("story"))]
END = [event(delta(finish="stop")), event(usage_chunk({"prompt_tokens": 7, "completion_tokens": 40})), event("[DONE]")]


@pytest.fixture
async def groq(tmp_path: Path, upstream: ScriptedUpstream) -> AsyncIterator[RunningRouter]:
    async with running_router(tmp_path, upstream, provider_urls={ProviderName.GROQ: upstream.url}) as running:
        yield running


async def leave_after(router: RunningRouter, token: str, first: bytes | None) -> None:
    headers = {"authorization": f"Bearer {token}"}
    async with asyncio.timeout(3), router.http.stream("POST", "/v1/chat/completions", json=BODY, headers=headers) as r:
        pieces = r.aiter_raw()
        while first is not None and first not in await anext(pieces):
            pass


async def test_where_hanging_up_does_not_stop_the_bill_the_answer_is_read_to_its_end(
    groq: RunningRouter, upstream: ScriptedUpstream
) -> None:
    upstream.play(stream(*SLOW, *END))
    await leave_after(groq, await groq.agent(provider="groq", model="m", api_key=KEY), b'"A "')
    (row,) = await groq.rows()
    assert (row["status"], row["usage_source"], row["tokens_output"]) == ("cancelled", "provider", 40)


async def test_who_leaves_before_the_first_word_is_metered_too(groq: RunningRouter, upstream: ScriptedUpstream) -> None:
    upstream.play(stream(Pause(0.8), *told(["late"], usage=False)[:-1], *END[1:]))
    token = await groq.agent(provider="groq", model="m", api_key=KEY)
    with pytest.raises(httpx.ReadTimeout):
        await groq.http.post(
            "/v1/chat/completions",
            json=BODY,
            headers={"authorization": f"Bearer {token}"},
            timeout=httpx.Timeout(0.3),
        )
    (row,) = await groq.rows()
    assert (row["status"], row["usage_source"], row["tokens_output"]) == ("cancelled", "provider", 40)


async def test_an_answer_nobody_gave_is_not_metered_when_its_caller_left(
    groq: RunningRouter, upstream: ScriptedUpstream
) -> None:
    upstream.play(stream(Pause(0.6), event({"error": {"message": "overloaded"}})))
    token = await groq.agent(provider="groq", model="m", api_key=KEY)
    with pytest.raises(httpx.ReadTimeout):
        await groq.http.post(
            "/v1/chat/completions",
            json=BODY,
            headers={"authorization": f"Bearer {token}"},
            timeout=httpx.Timeout(0.3),
        )
    assert await groq.rows() == []


async def test_who_leaves_after_the_last_word_still_gets_the_providers_counts(
    router: RunningRouter, upstream: ScriptedUpstream
) -> None:
    upstream.play(stream(event(delta("All")), event(delta(finish="stop")), Pause(0.6), *END[1:]))
    await leave_after(router, await router.agent(), b'"stop"')
    (row,) = await router.rows()
    assert (row["status"], row["usage_source"], row["tokens_output"]) == ("ok", "provider", 40)


async def test_an_answer_read_on_ends_with_the_router(tmp_path: Path, upstream: ScriptedUpstream) -> None:
    upstream.play(stream(event(delta("A long story")), Hold()))
    async with running_router(tmp_path, upstream, provider_urls={ProviderName.GROQ: upstream.url}) as running:
        await leave_after(running, await running.agent(provider="groq", model="m", api_key=KEY), b"long")
    (row,) = await running.rows()
    assert (row["status"], row["usage_source"]) == ("cancelled", "estimated")
