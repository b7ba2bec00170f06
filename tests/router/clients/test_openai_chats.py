import pytest
from openai import AsyncOpenAI

from tests.support.program_client import AgentAccess, ProgramClient
from tests.support.provider_words import ProviderWords, Spoken
from tests.support.scripted_upstream import ScriptedUpstream

pytestmark = [pytest.mark.process, pytest.mark.asyncio(loop_scope="package")]

MORNING = Spoken(words=("Good ", "morning, ", "Grüße!"))


def client_of(program: ProgramClient, agent: AgentAccess) -> AsyncOpenAI:
    return AsyncOpenAI(base_url=f"{program.url}/v1", api_key=agent.token, max_retries=0)


async def test_a_whole_answer(program: ProgramClient, upstream: ScriptedUpstream, words: ProviderWords) -> None:
    upstream.play(words.whole(MORNING))
    agent = await program.agent(words.provider, words.model)
    async with client_of(program, agent) as client:
        said = await client.chat.completions.create(model="router", messages=[{"role": "user", "content": "Hello"}])
    (choice,) = said.choices
    assert (choice.message.role, choice.message.content, choice.finish_reason) == ("assistant", MORNING.text, "stop")
    assert said.model == words.model
    assert said.usage is not None
    assert (said.usage.prompt_tokens, said.usage.completion_tokens, said.usage.total_tokens) == (11, 3, 14)
    (row,) = await program.rows(agent)
    assert (row["provider"], row["tokens_input"], row["tokens_output"]) == (words.provider, 11, 3)
    assert upstream.received[0].path == words.path


async def test_a_stream(program: ProgramClient, upstream: ScriptedUpstream, words: ProviderWords) -> None:
    upstream.play(words.streamed(MORNING))
    agent = await program.agent(words.provider, words.model)
    async with client_of(program, agent) as client:
        chunks = await client.chat.completions.create(
            model="router", messages=[{"role": "user", "content": "Hello"}], stream=True
        )
        choices = [choice async for chunk in chunks for choice in chunk.choices]
    assert "".join(choice.delta.content or "" for choice in choices) == MORNING.text
    assert [choice.finish_reason for choice in choices if choice.finish_reason] == ["stop"]
    (row,) = await program.rows(agent)
    assert (row["tokens_input"], row["tokens_output"], row["usage_source"]) == (11, 3, "provider")


async def test_a_stream_with_its_token_counts(
    program: ProgramClient, upstream: ScriptedUpstream, words: ProviderWords
) -> None:
    upstream.play(words.streamed(MORNING))
    agent = await program.agent(words.provider, words.model)
    async with client_of(program, agent) as client:
        chunks = await client.chat.completions.create(
            model="router",
            messages=[{"role": "user", "content": "Hello"}],
            stream=True,
            stream_options={"include_usage": True},
        )
        counts = [chunk.usage.total_tokens async for chunk in chunks if chunk.usage is not None]
    assert counts == [14]


async def test_the_clients_own_gathering_of_a_stream(
    program: ProgramClient, upstream: ScriptedUpstream, words: ProviderWords
) -> None:
    upstream.play(words.streamed(MORNING))
    agent = await program.agent(words.provider, words.model)
    async with (
        client_of(program, agent) as client,
        client.chat.completions.stream(
            model="router", messages=[{"role": "user", "content": "Hello"}], stream_options={"include_usage": True}
        ) as events,
    ):
        pieces = [event.delta async for event in events if event.type == "content.delta"]
        whole = await events.get_final_completion()
    assert [piece for piece in pieces if piece] == list(MORNING.words)
    assert whole.choices[0].message.content == MORNING.text
    assert whole.usage is not None
    assert whole.usage.total_tokens == 14


async def test_the_headers_of_an_answer_are_the_clients_to_read(
    program: ProgramClient, upstream: ScriptedUpstream, words: ProviderWords
) -> None:
    upstream.play(words.whole(MORNING))
    agent = await program.agent(words.provider, words.model)
    async with client_of(program, agent) as client:
        raw = await client.chat.completions.with_raw_response.create(
            model=words.model, messages=[{"role": "user", "content": "Hello"}]
        )
    (row,) = await program.rows(agent)
    assert raw.parse()._request_id == row["request_id"]
    assert (raw.headers["x-vutler-provider"], raw.headers["x-vutler-model"]) == (words.provider, words.model)


async def test_the_list_of_models(program: ProgramClient, words: ProviderWords) -> None:
    agent = await program.agent(words.provider, words.model)
    async with client_of(program, agent) as client:
        listed = [model.id async for model in await client.models.list()]
    assert listed == ["router", words.model]
