from collections.abc import AsyncIterator
from typing import Any

import anthropic
import pytest
from anthropic import AsyncAnthropic

from tests.support.anthropic_words import AnthropicWords
from tests.support.program_client import AgentAccess, ProgramClient
from tests.support.provider_words import Spoken
from tests.support.scripted_upstream import Cut, ScriptedUpstream, stream

pytestmark = [pytest.mark.process, pytest.mark.asyncio(loop_scope="package")]

MODEL = AnthropicWords.model
WORDS = AnthropicWords()
HELLO: Any = [{"role": "user", "content": "Hello"}]
BOTH = pytest.mark.parametrize("provider", ["anthropic", "openrouter"])


def client_of(program: ProgramClient, agent: AgentAccess) -> AsyncAnthropic:
    return AsyncAnthropic(base_url=program.url, api_key=agent.token, max_retries=0)


async def gather(texts: AsyncIterator[str], said: list[str]) -> None:
    async for text in texts:
        said.append(text)  # noqa: PERF401 - what came before a failure is kept


@BOTH
@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize(
    ("status", "raised", "seen"),
    [
        (400, anthropic.BadRequestError, 400),
        (401, anthropic.BadRequestError, 400),
        (402, anthropic.BadRequestError, 400),
        (403, anthropic.BadRequestError, 400),
        (429, anthropic.RateLimitError, 429),
        (500, anthropic.InternalServerError, 503),
        (529, anthropic.InternalServerError, 503),
    ],
)
async def test_a_refusal_is_the_clients_own_exception(
    program: ProgramClient,
    upstream: ScriptedUpstream,
    provider: str,
    status: int,
    raised: type[anthropic.APIStatusError],
    seen: int,
    *,
    streamed: bool,
) -> None:
    upstream.play(WORDS.refusal(status, "no luck today", retry_after="7"))
    agent = await program.agent(provider, MODEL)
    async with client_of(program, agent) as client:
        with pytest.raises(raised, match="no luck today") as failed:
            await client.messages.create(model="router", max_tokens=50, messages=HELLO, stream=streamed)
    assert failed.value.status_code == seen
    assert isinstance(failed.value.body, dict)
    assert failed.value.body["type"] == "error"
    assert agent.key not in str(failed.value.body)


@BOTH
async def test_an_error_in_the_middle_of_a_stream_is_raised_after_what_was_said(
    program: ProgramClient, upstream: ScriptedUpstream, provider: str
) -> None:
    upstream.play(WORDS.broken(["Good ", "mor"], "the machine is tired"))
    said: list[str] = []
    async with (
        client_of(program, await program.agent(provider, MODEL)) as client,
        client.messages.stream(model="router", max_tokens=50, messages=HELLO) as events,
    ):
        with pytest.raises(anthropic.APIStatusError, match="the machine is tired"):
            await gather(events.text_stream, said)
    assert said == ["Good ", "mor"]


@BOTH
async def test_a_connection_that_breaks_in_the_middle_is_raised(
    program: ProgramClient, upstream: ScriptedUpstream, provider: str
) -> None:
    whole = WORDS.streamed(Spoken(words=("Good ", "morning")))
    upstream.play(stream(*whole.pieces[:3], Cut()))
    async with (
        client_of(program, await program.agent(provider, MODEL)) as client,
        client.messages.stream(model="router", max_tokens=50, messages=HELLO) as events,
    ):
        with pytest.raises(anthropic.APIStatusError, match=provider):
            await events.get_final_message()


@BOTH
async def test_a_stream_that_ends_in_the_middle_of_an_event_is_raised(
    program: ProgramClient, upstream: ScriptedUpstream, provider: str
) -> None:
    begun = WORDS.streamed(Spoken(words=("Good ", "morning"))).pieces[:3]
    half = begun[-1][:-20] if isinstance(begun[-1], bytes) else b""
    upstream.play(stream(*begun, half))
    async with (
        client_of(program, await program.agent(provider, MODEL)) as client,
        client.messages.stream(model="router", max_tokens=50, messages=HELLO) as events,
    ):
        with pytest.raises(anthropic.APIStatusError, match=provider):
            await events.get_final_message()


async def test_a_token_that_nobody_holds(program: ProgramClient) -> None:
    async with client_of(program, AgentAccess("", "vtl_stranger", "")) as client:
        with pytest.raises(anthropic.AuthenticationError):
            await client.messages.create(model="router", max_tokens=50, messages=HELLO)


async def test_a_model_that_the_agent_does_not_have(program: ProgramClient) -> None:
    async with client_of(program, await program.agent("anthropic", MODEL)) as client:
        with pytest.raises(anthropic.NotFoundError, match=f"router, {MODEL}"):
            await client.messages.create(model="claude-99", max_tokens=50, messages=HELLO)


@pytest.mark.parametrize("provider", ["openai", "mistral"])
async def test_a_provider_without_messages_is_refused_in_words(
    program: ProgramClient, upstream: ScriptedUpstream, provider: str
) -> None:
    async with client_of(program, await program.agent(provider, "some-model")) as client:
        with pytest.raises(anthropic.BadRequestError, match=f"{provider} does not offer /v1/messages"):
            await client.messages.create(model="router", max_tokens=50, messages=HELLO)
    assert upstream.received == []
