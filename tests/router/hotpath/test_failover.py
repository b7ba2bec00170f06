from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.running_router import KEY, RunningRouter, running_router
from tests.support.scripted_upstream import Cut, Reply, ScriptedUpstream, answer, delta, event, failure, stream, told
from vutler_router.settings import ProviderName

FALLBACK_KEY = "sk-fallback-of-the-tests-9876543210"


@pytest.fixture
async def second() -> AsyncIterator[ScriptedUpstream]:
    async with ScriptedUpstream.running(answer("from the second")) as server:
        yield server


@pytest.fixture
async def pair(tmp_path: Path, upstream: ScriptedUpstream, second: ScriptedUpstream) -> AsyncIterator[RunningRouter]:
    async with running_router(tmp_path, upstream, provider_urls={ProviderName.GROQ: second.url}) as running:
        yield running


async def two_links(router: RunningRouter) -> str:
    fallback = {"provider": "groq", "model": "second-1", "api_key": FALLBACK_KEY}
    return await router.agent(provider="openai", model="scripted-1", api_key=KEY, fallbacks=[fallback])


@pytest.mark.parametrize("status", [401, 402, 403, 404, 408, 429, 500, 502, 503])
async def test_the_next_link_answers_when_one_fails(
    pair: RunningRouter, upstream: ScriptedUpstream, second: ScriptedUpstream, status: int
) -> None:
    upstream.play(failure(status))
    response = await pair.chat(await two_links(pair))
    assert response.status_code == 200
    assert (response.headers["x-vutler-provider"], response.headers["x-vutler-attempts"]) == ("groq", "2")
    assert second.received[0].headers["authorization"] == f"Bearer {FALLBACK_KEY}"
    assert second.received[0].json["model"] == "second-1"
    (row,) = await pair.rows()
    assert (row["provider"], row["model"]) == ("groq", "second-1")


@pytest.mark.parametrize(
    "reply",
    [
        Reply(pieces=(Cut(),)),
        Reply(pieces=(b'{"error": {"message": "busy", "code": 503}}',)),
        Reply(pieces=(b"<html>",), headers=[("content-type", "text/html")]),
    ],
    ids=["cut", "an error in a 200", "no json"],
)
async def test_the_next_link_answers_when_an_answer_is_none(
    pair: RunningRouter, upstream: ScriptedUpstream, reply: Reply
) -> None:
    upstream.play(reply)
    response = await pair.chat(await two_links(pair))
    assert response.headers["x-vutler-attempts"] == "2"


@pytest.mark.parametrize("status", [400, 413, 422])
async def test_a_request_that_is_at_fault_is_not_tried_elsewhere(
    pair: RunningRouter, upstream: ScriptedUpstream, second: ScriptedUpstream, status: int
) -> None:
    upstream.play(failure(status, "context_length_exceeded: too long"))
    response = await pair.chat(await two_links(pair))
    assert response.status_code == 400
    assert "too long" in response.json()["error"]["message"]
    assert second.received == []


@pytest.mark.parametrize(
    "pieces",
    [(Cut(),), (event({"error": {"message": "overloaded"}}),), (event(delta()), Cut()), (b": waiting\n\n", Cut())],
    ids=["at once", "error first", "after the opening", "after a comment"],
)
async def test_a_stream_that_fails_before_content_is_answered_by_the_next_link(
    pair: RunningRouter, upstream: ScriptedUpstream, second: ScriptedUpstream, pieces: tuple[bytes | Cut, ...]
) -> None:
    upstream.play(stream(*pieces))
    second.play(stream(*told(["second"])))
    response = await pair.chat(await two_links(pair), stream=True)
    assert response.content == b"".join(told(["second"], usage=False))
    assert len(await pair.rows()) == 1


async def test_after_content_nobody_else_answers(
    pair: RunningRouter, upstream: ScriptedUpstream, second: ScriptedUpstream
) -> None:
    upstream.play(stream(event(delta("Hel")), Cut()))
    response = await pair.chat(await two_links(pair), stream=True)
    assert b'"error"' in response.content
    assert second.received == []


async def test_a_fallback_without_a_key_of_its_own_is_skipped(
    pair: RunningRouter, upstream: ScriptedUpstream, second: ScriptedUpstream
) -> None:
    upstream.play(failure(500))
    token = await pair.agent(
        provider="openai", model="scripted-1", api_key=KEY, fallbacks=[{"provider": "groq", "model": "second-1"}]
    )
    response = await pair.chat(token)
    assert response.status_code == 503
    assert second.received == []


@pytest.mark.parametrize(
    ("status", "seen"), [(401, 400), (402, 400), (403, 400), (404, 400), (429, 429), (500, 503), (503, 503)]
)
async def test_an_agent_never_sees_a_status_that_would_disable_its_model(
    router: RunningRouter, upstream: ScriptedUpstream, status: int, seen: int
) -> None:
    upstream.play(failure(status, f"no luck with {KEY}", retry_after="7"))
    response = await router.chat(await router.agent())
    assert response.status_code == seen
    assert response.headers.get("retry-after") == ("7" if seen in {429, 503} else None)
    assert KEY not in response.text
    assert await router.rows(0) == []


async def test_a_model_of_the_chain_can_be_asked_for_by_name(pair: RunningRouter, second: ScriptedUpstream) -> None:
    token = await two_links(pair)
    bare = await pair.chat(token, model="second-1")
    full = await pair.chat(token, model="groq/second-1")
    assert [bare.headers["x-vutler-model"], full.headers["x-vutler-model"]] == ["second-1", "second-1"]
    assert len(second.received) == 2
