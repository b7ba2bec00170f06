import json
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI
from openai.types.chat import ChatCompletion, ChatCompletionMessageFunctionToolCall
from pydantic import BaseModel

from tests.support.program_client import AgentAccess, ProgramClient
from tests.support.provider_words import ProviderWords, Spoken, ToolCall
from tests.support.scripted_upstream import ScriptedUpstream

pytestmark = [pytest.mark.process, pytest.mark.asyncio(loop_scope="package")]

CALLS = (
    ToolCall("call_1", {"city": "Bern", "days": [1, 2]}),
    ToolCall("call_2", {"city": 'Zürich "am See"'}),
)
ASKING = Spoken(words=("Let me look.",), calls=CALLS)
SUNNY = Spoken(words=("Sunny ", "in both."))
QUESTION: Any = {"role": "user", "content": "How is the weather in Bern and Zürich?"}
WEATHER: Any = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "Tells the weather of a city.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


class Weather(BaseModel):
    city: str
    days: list[int] = []


def client_of(program: ProgramClient, agent: AgentAccess) -> AsyncOpenAI:
    return AsyncOpenAI(base_url=f"{program.url}/v1", api_key=agent.token, max_retries=0)


def functions(completion: ChatCompletion) -> list[ChatCompletionMessageFunctionToolCall]:
    calls = completion.choices[0].message.tool_calls or []
    return [call for call in calls if isinstance(call, ChatCompletionMessageFunctionToolCall)]


def arguments(completion: ChatCompletion) -> list[object]:
    return [json.loads(call.function.arguments) for call in functions(completion)]


async def test_parallel_calls_and_the_turn_that_answers_them(
    program: ProgramClient, upstream: ScriptedUpstream, words: ProviderWords
) -> None:
    upstream.play(words.whole(ASKING), words.whole(SUNNY))
    async with client_of(program, await program.agent(words.provider, words.model)) as client:
        first = await client.chat.completions.create(model="router", messages=[QUESTION], tools=[WEATHER])
        results: list[Any] = [
            {"role": "tool", "tool_call_id": call.id, "content": f"{index}: sunny"}
            for index, call in enumerate(functions(first))
        ]
        conversation: list[Any] = [QUESTION, first.choices[0].message, *results]
        second = await client.chat.completions.create(model="router", messages=conversation, tools=[WEATHER])
    assert first.choices[0].finish_reason == "tool_calls"
    assert first.choices[0].message.content == "Let me look."
    assert arguments(first) == [call.arguments for call in CALLS]
    assert len({call.id for call in functions(first)}) == 2
    assert [text for _, text in words.results(upstream.received[1])] == ["0: sunny", "1: sunny"]
    assert second.choices[0].message.content == SUNNY.text


async def test_calls_that_come_in_pieces(
    program: ProgramClient, upstream: ScriptedUpstream, words: ProviderWords
) -> None:
    upstream.play(words.streamed(ASKING), words.streamed(SUNNY))
    async with client_of(program, await program.agent(words.provider, words.model)) as client:
        async with client.chat.completions.stream(model="router", messages=[QUESTION], tools=[WEATHER]) as events:
            first = await events.get_final_completion()
        results: list[Any] = [
            {"role": "tool", "tool_call_id": call.id, "content": "sunny"} for call in functions(first)
        ]
        turn: Any = first.choices[0].message.model_dump(exclude_none=True, exclude={"parsed"})
        async with client.chat.completions.stream(
            model="router", messages=[QUESTION, turn, *results], tools=[WEATHER]
        ) as events:
            second = await events.get_final_completion()
    assert first.choices[0].finish_reason == "tool_calls"
    assert arguments(first) == [call.arguments for call in CALLS]
    assert [text for _, text in words.results(upstream.received[1])] == ["sunny", "sunny"]
    assert second.choices[0].message.content == SUNNY.text


async def test_arguments_parsed_into_the_callers_own_types(
    program: ProgramClient, upstream: ScriptedUpstream, words: ProviderWords
) -> None:
    upstream.play(words.whole(ASKING))
    tool = openai.pydantic_function_tool(Weather, name="weather")
    async with client_of(program, await program.agent(words.provider, words.model)) as client:
        parsed = await client.chat.completions.parse(model="router", messages=[QUESTION], tools=[tool])
    calls = parsed.choices[0].message.tool_calls or []
    assert [call.function.parsed_arguments for call in calls] == [
        Weather(city="Bern", days=[1, 2]),
        Weather(city='Zürich "am See"'),
    ]
