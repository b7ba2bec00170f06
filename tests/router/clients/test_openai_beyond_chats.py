import openai
import pytest
from openai import AsyncOpenAI
from openai.types.responses import ResponseCompletedEvent, ResponseTextDeltaEvent

from tests.support.openai_replies import embeddings, response, response_events, response_stream
from tests.support.program_client import AgentAccess, ProgramClient
from tests.support.scripted_upstream import Cut, ScriptedUpstream, failure, stream

pytestmark = [pytest.mark.process, pytest.mark.asyncio(loop_scope="package")]

VECTORS = [[0.5, -0.25], [1.0, 0.0]]


def client_of(program: ProgramClient, agent: AgentAccess) -> AsyncOpenAI:
    return AsyncOpenAI(base_url=f"{program.url}/v1", api_key=agent.token, max_retries=0)


@pytest.mark.parametrize("provider", ["openai", "mistral", "openrouter"])
@pytest.mark.parametrize("encoded", [True, False], ids=["base64", "numbers"])
async def test_embeddings(program: ProgramClient, upstream: ScriptedUpstream, provider: str, *, encoded: bool) -> None:
    upstream.play(embeddings(VECTORS, encoded=encoded))
    agent = await program.agent(provider, "text-embedding-3-small")
    async with client_of(program, agent) as client:
        found = await client.embeddings.create(model="text-embedding-3-small", input=["one", "two"])
    assert [entry.embedding for entry in found.data] == VECTORS
    (row,) = await program.rows(agent)
    assert (row["tokens_input"], row["tokens_output"]) == (5, 0)
    assert upstream.received[0].path == "/v1/embeddings"


async def test_embeddings_that_anthropic_does_not_have_are_refused_in_words(
    program: ProgramClient, upstream: ScriptedUpstream
) -> None:
    async with client_of(program, await program.agent("anthropic", "claude-haiku-4-5")) as client:
        with pytest.raises(openai.BadRequestError, match="anthropic does not offer /v1/embeddings") as refused:
            await client.embeddings.create(model="router", input="one")
    assert refused.value.code == "unsupported_by_provider"
    assert upstream.received == []


@pytest.mark.parametrize("provider", ["openai", "openrouter"])
async def test_a_response(program: ProgramClient, upstream: ScriptedUpstream, provider: str) -> None:
    upstream.play(response("Good morning"))
    agent = await program.agent(provider, "gpt-4o-mini")
    async with client_of(program, agent) as client:
        said = await client.responses.create(model="router", input="Hello", instructions="Be brief.")
    assert said.output_text == "Good morning"
    (row,) = await program.rows(agent)
    assert (row["tokens_input"], row["tokens_output"], row["tokens_cached"]) == (11, 3, 4)
    assert upstream.received[0].path == "/v1/responses"


async def test_a_streamed_response(program: ProgramClient, upstream: ScriptedUpstream) -> None:
    upstream.play(response_stream("Good ", "morning"))
    agent = await program.agent("openai", "gpt-4o-mini")
    async with client_of(program, agent) as client:
        events = [event async for event in await client.responses.create(model="router", input="Hello", stream=True)]
    assert [event.delta for event in events if isinstance(event, ResponseTextDeltaEvent)] == ["Good ", "morning"]
    assert isinstance(events[-1], ResponseCompletedEvent)
    assert events[-1].response.output_text == "Good morning"
    (row,) = await program.rows(agent)
    assert (row["tokens_input"], row["tokens_output"], row["usage_source"]) == (11, 3, "provider")


async def test_the_clients_own_gathering_of_a_response(program: ProgramClient, upstream: ScriptedUpstream) -> None:
    upstream.play(response_stream("Good ", "morning"))
    async with (
        client_of(program, await program.agent("openai", "gpt-4o-mini")) as client,
        client.responses.stream(model="router", input="Hello") as events,
    ):
        whole = await events.get_final_response()
    assert whole.output_text == "Good morning"


async def test_a_response_that_breaks_off_is_an_error_to_the_client(
    program: ProgramClient, upstream: ScriptedUpstream
) -> None:
    upstream.play(stream(*response_events("Good "), Cut()))
    async with client_of(program, await program.agent("openai", "gpt-4o-mini")) as client:
        with pytest.raises(openai.APIError, match="openai"):
            async for _ in await client.responses.create(model="router", input="Hello", stream=True):
                pass


async def test_a_response_that_is_refused(program: ProgramClient, upstream: ScriptedUpstream) -> None:
    upstream.play(failure(400, "no such tool"))
    async with client_of(program, await program.agent("openai", "gpt-4o-mini")) as client:
        with pytest.raises(openai.BadRequestError, match="no such tool"):
            await client.responses.create(model="router", input="Hello")


@pytest.mark.parametrize("provider", ["anthropic", "mistral"])
async def test_responses_where_the_provider_has_none_are_refused_in_words(
    program: ProgramClient, upstream: ScriptedUpstream, provider: str
) -> None:
    async with client_of(program, await program.agent(provider, "some-model")) as client:
        with pytest.raises(openai.BadRequestError, match=f"{provider} does not offer /v1/responses"):
            await client.responses.create(model="router", input="Hello")
    assert upstream.received == []
