import asyncio
import json

import httpx
import openai
import pytest
from openai import AsyncOpenAI

from tests.support.running_router import RunningRouter
from tests.support.scripted_upstream import (
    Cut,
    Hold,
    Pause,
    ScriptedUpstream,
    answer,
    delta,
    event,
    stream,
    told,
    usage_chunk,
)

BODY = {"stream": True, "messages": [{"role": "user", "content": "Hello"}]}


def last_event(response: httpx.Response) -> dict[str, object]:
    decoded: dict[str, object] = json.loads(response.content.strip().rsplit(b"data: ", 1)[1])
    return decoded


async def test_a_cut_stream_ends_in_an_error_event(router: RunningRouter, upstream: ScriptedUpstream) -> None:
    upstream.play(stream(event(delta("Hel")), event(delta("lo")), Cut()))
    response = await router.chat(await router.agent(), stream=True)
    assert response.status_code == 200
    assert b'"Hel"' in response.content
    assert b"[DONE]" not in response.content
    assert last_event(response)["error"]["code"] == "upstream_broken"  # type: ignore[index]
    (row,) = await router.rows()
    assert (row["status"], row["usage_source"]) == ("error", "estimated")


async def test_a_stream_that_ends_before_its_answer_does_is_an_error(
    router: RunningRouter, upstream: ScriptedUpstream
) -> None:
    upstream.play(stream(event(delta("Hel"))))
    response = await router.chat(await router.agent(), stream=True)
    assert "error" in last_event(response)


async def test_the_official_client_raises_on_a_cut_stream(router: RunningRouter, upstream: ScriptedUpstream) -> None:
    upstream.play(stream(event(delta("Hel")), Cut()))
    async with AsyncOpenAI(base_url=f"{router.url}/v1", api_key=await router.agent(), max_retries=0) as client:
        chunks = await client.chat.completions.create(
            model="router", messages=[{"role": "user", "content": "Hello"}], stream=True
        )
        with pytest.raises(openai.APIError):
            async for _ in chunks:
                pass


async def test_an_error_event_after_content_reaches_the_caller_without_the_providers_secrets(
    router: RunningRouter, upstream: ScriptedUpstream
) -> None:
    error = {"error": {"message": "boom for Bearer sk-live-of-the-tests-0123456789", "type": "server_error"}}
    upstream.play(stream(event(delta("Hel")), event(error), event("[DONE]")))
    response = await router.chat(await router.agent(), stream=True)
    assert "boom" in str(last_event(response)["error"])
    assert b"sk-live" not in response.content
    assert b"[DONE]" not in response.content


async def test_an_error_in_the_first_event_is_a_failure_with_a_status(
    router: RunningRouter, upstream: ScriptedUpstream
) -> None:
    upstream.play(stream(event({"error": {"message": "overloaded", "code": 529}}), event("[DONE]")))
    response = await router.chat(await router.agent(), stream=True)
    assert response.status_code == 503
    assert response.headers["retry-after"] == "2"
    assert await router.rows(0) == []


async def test_an_answer_that_is_no_stream_is_a_failure(router: RunningRouter, upstream: ScriptedUpstream) -> None:
    upstream.play(answer())
    response = await router.chat(await router.agent(), stream=True)
    assert (response.status_code, response.json()["error"]["code"]) == (503, "upstream_broken")


async def test_events_are_passed_on_as_they_come(router: RunningRouter, upstream: ScriptedUpstream) -> None:
    upstream.play(stream(event(delta("first")), Hold()))
    headers = {"authorization": f"Bearer {await router.agent()}"}
    async with (
        asyncio.timeout(3),
        router.http.stream("POST", "/v1/chat/completions", json=BODY, headers=headers) as response,
    ):
        assert await anext(response.aiter_raw()) == event(delta("first"))


async def test_an_opening_event_is_not_held_back_for_long(router: RunningRouter, upstream: ScriptedUpstream) -> None:
    upstream.play(stream(event(delta()), Hold()))
    headers = {"authorization": f"Bearer {await router.agent()}"}
    async with (
        asyncio.timeout(3),
        router.http.stream("POST", "/v1/chat/completions", json=BODY, headers=headers) as response,
    ):
        assert await anext(response.aiter_raw()) == event(delta())


@pytest.mark.parametrize("streamed", [True, False])
async def test_a_caller_who_leaves_cancels_the_provider_and_is_metered(
    router: RunningRouter, upstream: ScriptedUpstream, *, streamed: bool
) -> None:
    upstream.play(stream(event(delta("A long story")), Hold()))
    headers = {"authorization": f"Bearer {await router.agent()}"}
    with pytest.raises(httpx.ReadTimeout):
        await router.http.post(
            "/v1/chat/completions", json={**BODY, "stream": streamed}, headers=headers, timeout=httpx.Timeout(0.5)
        )
    async with asyncio.timeout(2):
        await upstream.departures.get()
    (row,) = await router.rows()
    assert (row["status"], row["usage_source"]) == ("cancelled", "estimated")
    assert row["tokens_input"] > 0


async def test_a_stream_without_counts_is_estimated(router: RunningRouter, upstream: ScriptedUpstream) -> None:
    upstream.play(stream(*told(["twelve chars"], usage=False)))
    await router.chat(await router.agent(), stream=True)
    (row,) = await router.rows()
    assert (row["tokens_output"], row["usage_source"], row["status"]) == (3, "estimated", "ok")


async def test_of_several_counts_the_last_one_holds(router: RunningRouter, upstream: ScriptedUpstream) -> None:
    counts = [usage_chunk({"prompt_tokens": 5, "completion_tokens": n}) for n in (1, 9)]
    events = [event(delta("a")), event(counts[0]), event(delta(finish="stop")), event(counts[1]), event("[DONE]")]
    upstream.play(stream(*events))
    await router.chat(await router.agent(), stream=True)
    (row,) = await router.rows()
    assert (row["tokens_input"], row["tokens_output"]) == (5, 9)


async def test_a_pause_inside_a_stream_is_waited_for(router: RunningRouter, upstream: ScriptedUpstream) -> None:
    events = told(["a", "b"])
    upstream.play(stream(*events[:1], Pause(0.4), *events[1:2], Pause(0.4), *events[2:]))
    response = await router.chat(await router.agent(), stream=True)
    assert response.content.endswith(b"data: [DONE]\n\n")
