import json

import pytest

from vutler_router.providers.echo import EchoTransport, said_last
from vutler_router.providers.openai.chat_stream import ChatStream
from vutler_router.providers.ports import UpstreamCall


async def asked(**fields: object) -> bytes:
    body = json.dumps({"model": "echo", **fields}).encode()
    reply = await EchoTransport().send(UpstreamCall("echo", "echo:", {}, body))
    return await reply.whole(1 << 20)


async def test_it_says_back_what_was_said_last() -> None:
    messages = [{"role": "user", "content": "One"}, {"role": "user", "content": "Two words"}]
    answer = json.loads(await asked(messages=messages))
    assert answer["choices"][0]["message"]["content"] == "echo: Two words"
    assert answer["usage"] == {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}


async def test_its_stream_is_whole_and_counted() -> None:
    reader = ChatStream(strip_usage=False)
    reader.feed(await asked(messages=[{"role": "user", "content": "Hello"}], stream=True))
    usage = reader.count.usage
    assert reader.done
    assert usage is not None
    assert (usage.input, usage.output) == (1, 3)


@pytest.mark.parametrize(
    "content",
    [
        "[Fri 2026-11-20 18:19 UTC] hi 3\n\nRuntime: name=Ava | agent=main | host=vm",
        [{"type": "text", "text": "hi 3"}],
    ],
)
def test_what_openclaw_wraps_around_a_message_is_taken_off(content: object) -> None:
    internal = "<<<BEGIN_OPENCLAW_INTERNAL_CONTEXT>>> not for people"
    messages: list[dict[str, object]] = [{"role": "user", "content": text} for text in (content, internal)]
    assert said_last(messages) == "hi 3"
