from typing import Any

import pytest
from anthropic import AsyncAnthropic
from anthropic.types import RawMessageStreamEvent, TextBlock, ThinkingBlock, ToolUseBlock

from tests.router.providers.anthropic.streams import text_block, thinking_block, tool_block
from tests.support.anthropic_words import AnthropicWords
from tests.support.program_client import AgentAccess, ProgramClient
from tests.support.provider_words import Spoken, ToolCall
from tests.support.scripted_upstream import ScriptedUpstream

pytestmark = [
    pytest.mark.process,
    pytest.mark.asyncio(loop_scope="package"),
    pytest.mark.parametrize("provider", ["anthropic", "openrouter"]),
]

MODEL = AnthropicWords.model
WORDS = AnthropicWords()
MORNING = Spoken(words=("Good ", "morning, ", "Grüße!"))
HELLO: Any = {"role": "user", "content": "Hello"}
CALLS = (ToolCall("toolu_1", {"city": "Bern"}), ToolCall("toolu_2", {"city": "Zürich", "days": [1, 2]}))
WEATHER: Any = {
    "name": "weather",
    "description": "Tells the weather of a city.",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}
THINKING: Any = {"type": "enabled", "budget_tokens": 1024}


def client_of(program: ProgramClient, agent: AgentAccess) -> AsyncAnthropic:
    return AsyncAnthropic(base_url=program.url, api_key=agent.token, max_retries=0)


def clients_of(program: ProgramClient, agent: AgentAccess) -> dict[str, AsyncAnthropic]:
    """Make a client for each way in which clients of different ages send a credential."""
    return {
        "api key": client_of(program, agent),
        "auth token": AsyncAnthropic(base_url=program.url, auth_token=agent.token, max_retries=0),
        "x-api-key": AsyncAnthropic(base_url=program.url, default_headers={"x-api-key": agent.token}, max_retries=0),
    }


@pytest.mark.parametrize("way", ["api key", "auth token", "x-api-key"])
async def test_a_whole_message(program: ProgramClient, upstream: ScriptedUpstream, provider: str, way: str) -> None:
    upstream.play(WORDS.whole(MORNING))
    agent = await program.agent(provider, MODEL)
    async with clients_of(program, agent)[way] as client:
        said = await client.messages.create(model="router", max_tokens=50, system="Be brief.", messages=[HELLO])
    assert said.content == [TextBlock(type="text", text=MORNING.text)]
    assert (said.model, said.stop_reason) == (MODEL, "end_turn")
    assert (said.usage.input_tokens, said.usage.output_tokens) == (11, 3)
    (row,) = await program.rows(agent)
    assert (row["provider"], row["tokens_input"], row["tokens_output"]) == (provider, 11, 3)
    (sent,) = upstream.received
    assert (sent.path, sent.json["model"], sent.json["system"]) == ("/v1/messages", MODEL, "Be brief.")
    assert agent.token not in str(sent.headers)
    credential = sent.headers["x-api-key"] if provider == "anthropic" else sent.headers["authorization"]
    assert credential == (agent.key if provider == "anthropic" else f"Bearer {agent.key}")


async def test_a_stream_of_events(program: ProgramClient, upstream: ScriptedUpstream, provider: str) -> None:
    upstream.play(WORDS.streamed(MORNING))
    agent = await program.agent(provider, MODEL)
    async with client_of(program, agent) as client:
        events: list[RawMessageStreamEvent] = [
            event
            async for event in await client.messages.create(
                model="router", max_tokens=50, messages=[HELLO], stream=True
            )
        ]
    assert [event.type for event in events] == [
        "message_start",
        "content_block_start",
        *["content_block_delta"] * 3,
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]
    (row,) = await program.rows(agent)
    assert (row["tokens_input"], row["tokens_output"], row["usage_source"]) == (11, 3, "provider")


async def test_the_clients_own_gathering_of_text(
    program: ProgramClient, upstream: ScriptedUpstream, provider: str
) -> None:
    upstream.play(WORDS.streamed(MORNING))
    async with (
        client_of(program, await program.agent(provider, MODEL)) as client,
        client.messages.stream(model="router", max_tokens=50, messages=[HELLO]) as events,
    ):
        pieces = [text async for text in events.text_stream]
        whole = await events.get_final_message()
    assert pieces == list(MORNING.words)
    assert whole.stop_reason == "end_turn"
    assert (whole.usage.input_tokens, whole.usage.output_tokens) == (11, 3)


async def test_tools_and_the_turn_with_their_results(
    program: ProgramClient, upstream: ScriptedUpstream, provider: str
) -> None:
    upstream.play(WORDS.streamed(Spoken(("Let me look.",), CALLS)), WORDS.streamed(MORNING))
    async with client_of(program, await program.agent(provider, MODEL)) as client:
        async with client.messages.stream(model="router", max_tokens=50, messages=[HELLO], tools=[WEATHER]) as events:
            first = await events.get_final_message()
        calls = [block for block in first.content if isinstance(block, ToolUseBlock)]
        results: list[Any] = [{"type": "tool_result", "tool_use_id": call.id, "content": "sunny"} for call in calls]
        conversation: list[Any] = [
            HELLO,
            {"role": "assistant", "content": first.content},
            {"role": "user", "content": results},
        ]
        async with client.messages.stream(
            model="router", max_tokens=50, messages=conversation, tools=[WEATHER]
        ) as events:
            said = await events.get_final_text()
    assert first.stop_reason == "tool_use"
    assert [(call.id, call.input) for call in calls] == [(call.id, call.arguments) for call in CALLS]
    assert said == MORNING.text
    returned = upstream.received[1].json["messages"][2]["content"]
    assert [(block["tool_use_id"], block["content"]) for block in returned] == [
        ("toolu_1", "sunny"),
        ("toolu_2", "sunny"),
    ]


async def test_thinking_and_its_signature_go_there_and_back(
    program: ProgramClient, upstream: ScriptedUpstream, provider: str
) -> None:
    told = [*thinking_block(0, "Hm, ", "weather.", signature="c2ln"), *tool_block(1, "toolu_1", '{"city":"Bern"}')]
    upstream.play(WORDS.events(*told, stop_reason="tool_use"), WORDS.events(*text_block(0, "Sunny.")))
    async with client_of(program, await program.agent(provider, MODEL)) as client:
        async with client.messages.stream(
            model="router", max_tokens=4096, messages=[HELLO], tools=[WEATHER], thinking=THINKING
        ) as events:
            first = await events.get_final_message()
        result = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "sunny"}
        conversation: list[Any] = [
            HELLO,
            {"role": "assistant", "content": first.content},
            {"role": "user", "content": [result]},
        ]
        async with client.messages.stream(
            model="router", max_tokens=4096, messages=conversation, tools=[WEATHER], thinking=THINKING
        ) as events:
            said = await events.get_final_text()
    thought = first.content[0]
    assert isinstance(thought, ThinkingBlock)
    assert (thought.thinking, thought.signature) == ("Hm, weather.", "c2ln")
    assert said == "Sunny."
    assert [sent.json["thinking"] for sent in upstream.received] == [THINKING, THINKING]
    returned = upstream.received[1].json["messages"][1]["content"][0]
    assert (returned["type"], returned["thinking"], returned["signature"]) == ("thinking", "Hm, weather.", "c2ln")


async def test_a_picture_and_a_marked_prompt_reach_the_model_as_they_are(
    program: ProgramClient, upstream: ScriptedUpstream, provider: str
) -> None:
    upstream.play(WORDS.whole(Spoken(("A cat.",))))
    content: Any = [
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}},
        {"type": "text", "text": "What is this?", "cache_control": {"type": "ephemeral"}},
    ]
    async with client_of(program, await program.agent(provider, MODEL)) as client:
        await client.messages.create(model=MODEL, max_tokens=50, messages=[{"role": "user", "content": content}])
    assert upstream.received[0].json["messages"] == [{"role": "user", "content": content}]
