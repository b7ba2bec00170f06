"""The provider `echo`: answers without key or network, so that demos, development and tests run anywhere.

It says back the last thing a person said. Tokens are counted by words and marks, always the same for the same text.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

import orjson
from typing_extensions import override

from vutler_router.providers.model_request import ModelRequest
from vutler_router.providers.ports import Reply, Transport, UpstreamCall
from vutler_router.providers.sse import encode_event
from vutler_router.providers.surfaces import Surface

__all__ = ["EchoTransport", "said_last"]

_TOKEN: Final = re.compile(r"\w+|[^\w\s]")
_WORD: Final = re.compile(r"\S+\s*")
_DATE_PREFIX: Final = re.compile(r"^\[[A-Z][a-z]{2} \d{4}-\d{2}-\d{2}[^\]]*\] ")
_RUNTIME_SUFFIX: Final = re.compile(r"\n\nRuntime: [^\n]*\s*$")
_INTERNAL_MARK: Final = "<<<BEGIN_OPENCLAW_INTERNAL_CONTEXT>>>"


def said_last(messages: Sequence[Mapping[str, object]]) -> str:
    """Return the newest text of a person, without what OpenClaw wraps around it."""
    for message in reversed(messages):
        text = _text(message.get("content"))
        if message.get("role") == "user" and not text.lstrip().startswith(_INTERNAL_MARK):
            return _RUNTIME_SUFFIX.sub("", _DATE_PREFIX.sub("", text)).strip()
    return ""


def _text(content: object) -> str:
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(part["text"] for part in content if isinstance(part.get("text"), str))
    return ""


def _count(text: str) -> int:
    return len(_TOKEN.findall(text))


class EchoReply(Reply):
    """An answer that is already there."""

    def __init__(self, pieces: Iterator[bytes], content_type: str) -> None:
        self.status = 200
        self.headers: Mapping[str, str] = MappingProxyType({"content-type": content_type})
        self._pieces = pieces

    @override
    async def piece(self) -> bytes:
        return next(self._pieces, b"")

    @override
    async def whole(self, limit: int) -> bytes:
        return b"".join(self._pieces)[:limit]

    @override
    async def start(self, limit: int) -> bytes:
        return await self.whole(limit)

    @override
    async def finish(self) -> None:
        self.close()

    @override
    def close(self) -> None:
        self._pieces = iter(())


class EchoTransport(Transport):
    """Answers in OpenAI's words, streamed or not, inside this process."""

    @override
    async def send(self, call: UpstreamCall) -> Reply:
        request = ModelRequest.parse(Surface.CHAT, call.body)
        content = f"echo: {said_last(request.messages)}"
        prompt = sum(_count(_text(message.get("content"))) for message in request.messages)
        usage = {"prompt_tokens": prompt, "completion_tokens": _count(content)}
        usage["total_tokens"] = sum(usage.values())
        if request.stream:
            return EchoReply(_events(request.model, content, usage), "text/event-stream")
        return EchoReply(iter([_completion(request.model, content, usage)]), "application/json")


def _completion(model: str, content: str, usage: Mapping[str, int]) -> bytes:
    message = {"role": "assistant", "content": content}
    choices = [{"index": 0, "message": message, "finish_reason": "stop"}]
    return orjson.dumps(_frame(model, "chat.completion") | {"choices": choices, "usage": usage})


def _events(model: str, content: str, usage: Mapping[str, int]) -> Iterator[bytes]:
    frame = _frame(model, "chat.completion.chunk")

    def event(delta: Mapping[str, str], finish: str | None = None) -> bytes:
        choices = [{"index": 0, "delta": delta, "finish_reason": finish}]
        return encode_event(orjson.dumps(frame | {"choices": choices}))

    yield event({"role": "assistant", "content": ""})
    for word in _WORD.findall(content):
        yield event({"content": word})
    yield event({}, "stop")
    yield encode_event(orjson.dumps(frame | {"choices": [], "usage": usage}))
    yield encode_event(b"[DONE]")


def _frame(model: str, kind: str) -> dict[str, object]:
    """Build what all answers share; nothing here has to be unique, and time is not the echo's to know."""
    return {"id": "chatcmpl-echo", "object": kind, "created": 0, "model": model}
