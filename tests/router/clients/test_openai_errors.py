from typing import Any

import openai
import pytest
from openai import AsyncOpenAI, AsyncStream
from openai.types.chat import ChatCompletionChunk

from tests.support.openai_words import OpenAIWords
from tests.support.program_client import AgentAccess, ProgramClient
from tests.support.provider_words import ProviderWords, Spoken
from tests.support.scripted_upstream import Cut, ScriptedUpstream, delta, event, stream

pytestmark = [pytest.mark.process, pytest.mark.asyncio(loop_scope="package")]

HELLO: Any = [{"role": "user", "content": "Hello"}]


def client_of(program: ProgramClient, agent: AgentAccess) -> AsyncOpenAI:
    return AsyncOpenAI(base_url=f"{program.url}/v1", api_key=agent.token, max_retries=0)


async def gather(chunks: AsyncStream[ChatCompletionChunk], said: list[str]) -> None:
    async for chunk in chunks:
        said += filter(None, [choice.delta.content for choice in chunk.choices])


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize(
    ("status", "raised", "seen"),
    [
        (400, openai.BadRequestError, 400),
        (401, openai.BadRequestError, 400),
        (402, openai.BadRequestError, 400),
        (403, openai.BadRequestError, 400),
        (404, openai.BadRequestError, 400),
        (429, openai.RateLimitError, 429),
        (500, openai.InternalServerError, 503),
        (503, openai.InternalServerError, 503),
        (529, openai.InternalServerError, 503),
    ],
)
async def test_a_refusal_is_the_clients_own_exception(
    program: ProgramClient,
    upstream: ScriptedUpstream,
    words: ProviderWords,
    status: int,
    raised: type[openai.APIStatusError],
    seen: int,
    *,
    stream: bool,
) -> None:
    upstream.play(words.refusal(status, "no luck today", retry_after="7"))
    agent = await program.agent(words.provider, words.model)
    async with client_of(program, agent) as client:
        with pytest.raises(raised, match="no luck today") as failed:
            await client.chat.completions.create(model="router", messages=HELLO, stream=stream)
    assert failed.value.status_code == seen
    assert failed.value.request_id == failed.value.response.headers["x-request-id"]
    assert ("retry-after" in failed.value.response.headers) == (seen in {429, 503})
    assert agent.key not in str(failed.value)


async def test_a_wait_that_the_provider_asks_for_reaches_the_client(
    program: ProgramClient, upstream: ScriptedUpstream, words: ProviderWords
) -> None:
    upstream.play(words.refusal(429, "slow down", retry_after="17"))
    async with client_of(program, await program.agent(words.provider, words.model)) as client:
        with pytest.raises(openai.RateLimitError) as failed:
            await client.chat.completions.create(model="router", messages=HELLO)
    assert failed.value.response.headers["retry-after"] == "17"


async def test_a_client_that_retries_gets_its_answer(
    program: ProgramClient, upstream: ScriptedUpstream, words: ProviderWords
) -> None:
    refusals = [words.refusal(503, "busy")] * 2
    upstream.play(*refusals, words.whole(Spoken(words=("Good morning",))))
    agent = await program.agent(words.provider, words.model)
    async with AsyncOpenAI(base_url=f"{program.url}/v1", api_key=agent.token, max_retries=1) as client:
        said = await client.chat.completions.create(model="router", messages=HELLO)
    assert said.choices[0].message.content == "Good morning"
    assert len(upstream.received) == 3
    assert len(await program.rows(agent)) == 1


async def test_an_error_in_the_middle_of_a_stream_is_raised_after_what_was_said(
    program: ProgramClient, upstream: ScriptedUpstream, words: ProviderWords
) -> None:
    upstream.play(words.broken(["Good ", "mor"], "the machine is tired"))
    said: list[str] = []
    async with client_of(program, await program.agent(words.provider, words.model)) as client:
        chunks = await client.chat.completions.create(model="router", messages=HELLO, stream=True)
        with pytest.raises(openai.APIError, match="the machine is tired"):
            await gather(chunks, said)
    assert said == ["Good ", "mor"]


async def test_a_connection_that_breaks_in_the_middle_is_raised_and_what_was_said_is_counted(
    program: ProgramClient, upstream: ScriptedUpstream, words: ProviderWords
) -> None:
    said = "Good morning to you all. " * 40
    pieces = words.streamed(Spoken(words=(said,))).pieces
    last = next(place for place, piece in enumerate(pieces) if isinstance(piece, bytes) and said.encode() in piece)
    upstream.play(stream(*pieces[: last + 1], Cut()))
    agent = await program.agent(words.provider, words.model)
    async with client_of(program, agent) as client:
        chunks = await client.chat.completions.create(model="router", messages=HELLO, stream=True)
        with pytest.raises(openai.APIError, match=words.provider):
            async for _ in chunks:
                pass
    (row,) = await program.rows(agent)
    assert row["status"] == "error"
    assert row["tokens_output"] == len(said) / 4
    assert row["usage_source"] == "estimated"


async def test_a_stream_that_ends_in_the_middle_of_an_event_is_raised(
    program: ProgramClient, upstream: ScriptedUpstream, words: ProviderWords
) -> None:
    begun = words.streamed(Spoken(words=("Good ", "morning"))).pieces[:3]
    half = begun[-1][:-20] if isinstance(begun[-1], bytes) else b""
    upstream.play(stream(*begun, half))
    async with client_of(program, await program.agent(words.provider, words.model)) as client:
        chunks = await client.chat.completions.create(model="router", messages=HELLO, stream=True)
        with pytest.raises(openai.APIError, match=words.provider):
            async for _ in chunks:
                pass


async def test_the_gathering_of_a_stream_raises_too(program: ProgramClient, upstream: ScriptedUpstream) -> None:
    upstream.play(stream(event(delta("Good ")), Cut()))
    words = OpenAIWords()
    async with (
        client_of(program, await program.agent(words.provider, words.model)) as client,
        client.chat.completions.stream(model="router", messages=HELLO) as events,
    ):
        with pytest.raises(openai.APIError):
            await events.get_final_completion()


async def test_a_token_that_nobody_holds(program: ProgramClient) -> None:
    stranger = AgentAccess("", "vtl_stranger", "")
    async with client_of(program, stranger) as client:
        with pytest.raises(openai.AuthenticationError):
            await client.chat.completions.create(model="router", messages=HELLO)


async def test_a_model_that_the_agent_does_not_have(program: ProgramClient, words: ProviderWords) -> None:
    async with client_of(program, await program.agent(words.provider, words.model)) as client:
        with pytest.raises(openai.NotFoundError, match=f"router, {words.model}") as failed:
            await client.chat.completions.create(model="gpt-99", messages=HELLO)
    assert (failed.value.code, failed.value.param) == ("model_not_found", "model")


async def test_a_field_that_is_wrong_is_named(program: ProgramClient, upstream: ScriptedUpstream) -> None:
    wrong: Any = [{"role": "king", "content": "Hello"}]
    async with client_of(program, await program.agent("openai", "gpt-4o-mini")) as client:
        with pytest.raises(openai.BadRequestError) as failed:
            await client.chat.completions.create(model="router", messages=wrong)
    assert failed.value.param == "messages[0].role"
    assert upstream.received == []
