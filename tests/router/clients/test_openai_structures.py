import base64
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI
from pydantic import BaseModel

from tests.support.openai_words import OpenAIWords
from tests.support.program_client import AgentAccess, ProgramClient
from tests.support.provider_words import ProviderWords, Spoken
from tests.support.scripted_upstream import ScriptedUpstream

pytestmark = [pytest.mark.process, pytest.mark.asyncio(loop_scope="package")]

PIXEL = base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()


class Step(BaseModel):
    explanation: str
    output: float


class Solution(BaseModel):
    steps: list[Step]
    answer: str | None


FOUND = Solution(steps=[Step(explanation="Grüße", output=2.5)], answer=None)


def client_of(program: ProgramClient, agent: AgentAccess) -> AsyncOpenAI:
    return AsyncOpenAI(base_url=f"{program.url}/v1", api_key=agent.token, max_retries=0)


async def test_an_answer_parsed_into_the_callers_own_type(
    program: ProgramClient, upstream: ScriptedUpstream, words: ProviderWords
) -> None:
    upstream.play(words.whole(Spoken(words=(FOUND.model_dump_json(),))))
    async with client_of(program, await program.agent(words.provider, words.model)) as client:
        parsed = await client.chat.completions.parse(
            model="router", messages=[{"role": "user", "content": "Solve it."}], response_format=Solution
        )
    assert parsed.choices[0].message.parsed == FOUND
    schema = words.schema(upstream.received[0])
    assert (schema["required"], schema["additionalProperties"]) == (["steps", "answer"], False)
    assert schema["$defs"]["Step"]["additionalProperties"] is False


async def test_a_stream_parsed_into_the_callers_own_type(
    program: ProgramClient, upstream: ScriptedUpstream, words: ProviderWords
) -> None:
    text = FOUND.model_dump_json()
    upstream.play(words.streamed(Spoken(words=(text[:9], text[9:20], text[20:]))))
    async with (
        client_of(program, await program.agent(words.provider, words.model)) as client,
        client.chat.completions.stream(
            model="router", messages=[{"role": "user", "content": "Solve it."}], response_format=Solution
        ) as events,
    ):
        whole = await events.get_final_completion()
    assert whole.choices[0].message.parsed == FOUND


async def test_a_refusal_is_told_as_one(program: ProgramClient, upstream: ScriptedUpstream) -> None:
    words = OpenAIWords()
    body = words.whole(Spoken(words=("I must not.",)))
    refused = [
        piece.replace(b'"content": "I must not."', b'"content": null, "refusal": "I must not."')
        for piece in body.pieces
        if isinstance(piece, bytes)
    ]
    upstream.play(type(body)(pieces=refused))
    async with client_of(program, await program.agent(words.provider, words.model)) as client:
        parsed = await client.chat.completions.parse(
            model="router", messages=[{"role": "user", "content": "Solve it."}], response_format=Solution
        )
    assert (parsed.choices[0].message.parsed, parsed.choices[0].message.refusal) == (None, "I must not.")


@pytest.mark.parametrize("url", [f"data:image/png;base64,{PIXEL}", "https://pictures.example/cat.png"])
async def test_a_picture_reaches_the_model(
    program: ProgramClient, upstream: ScriptedUpstream, words: ProviderWords, url: str
) -> None:
    upstream.play(words.whole(Spoken(words=("A cat.",))))
    question: Any = {
        "role": "user",
        "content": [{"type": "text", "text": "What is this?"}, {"type": "image_url", "image_url": {"url": url}}],
    }
    async with client_of(program, await program.agent(words.provider, words.model)) as client:
        said = await client.chat.completions.create(model="router", messages=[question])
    assert said.choices[0].message.content == "A cat."
    assert words.pictures(upstream.received[0]) == [url]


async def test_a_form_that_anthropic_does_not_have_is_refused_by_name(
    program: ProgramClient, upstream: ScriptedUpstream
) -> None:
    async with client_of(program, await program.agent("anthropic", "claude-haiku-4-5")) as client:
        with pytest.raises(openai.BadRequestError) as refused:
            await client.chat.completions.create(
                model="router",
                messages=[{"role": "user", "content": "Solve it."}],
                response_format={"type": "json_object"},
            )
    assert refused.value.param == "response_format"
    assert upstream.received == []
