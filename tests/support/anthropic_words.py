"""Anthropic's words: messages of blocks, and the events of which its streams consist."""

import json
from collections.abc import Sequence
from typing import Any

from typing_extensions import override

from tests.router.providers.anthropic.streams import block, event, head, tail, text_block
from tests.support.provider_words import ProviderWords, Spoken, ToolCall
from tests.support.scripted_upstream import Received, Reply, stream

__all__ = ["AnthropicWords"]

_USAGE = {"input_tokens": 11, "output_tokens": 3}
_STARTING = {"input_tokens": 11, "output_tokens": 1}
_KINDS = {400: "invalid_request_error", 401: "authentication_error", 429: "rate_limit_error", 529: "overloaded_error"}


class AnthropicWords(ProviderWords):
    """The Messages API, version 2023-06-01."""

    provider = "anthropic"
    model = "claude-haiku-4-5"
    path = "/v1/messages"

    @override
    def whole(self, spoken: Spoken) -> Reply:
        blocks: list[dict[str, object]] = [{"type": "text", "text": spoken.text}] if spoken.words else []
        blocks += [{"type": "tool_use", "id": c.id, "name": c.name, "input": c.arguments} for c in spoken.calls]
        return self.message(blocks, _stop(spoken))

    def message(self, blocks: Sequence[object], stop_reason: str = "end_turn") -> Reply:
        """Build an unstreamed answer of any blocks."""
        body = {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": self.model,
            "content": blocks,
            "stop_reason": stop_reason,
            "stop_sequence": None,
            "usage": _USAGE,
        }
        return Reply(pieces=(json.dumps(body).encode(),))

    @override
    def streamed(self, spoken: Spoken) -> Reply:
        events = text_block(0, *spoken.words) if spoken.words else []
        for index, call in enumerate(spoken.calls, start=bool(spoken.words)):
            events += _call_events(index, call)
        return self.events(*events, stop_reason=_stop(spoken))

    def events(self, *events: bytes, stop_reason: str = "end_turn") -> Reply:
        """Build a whole stream around the events of its blocks."""
        return stream(head(_STARTING), *events, *tail(stop_reason, output_tokens=3))

    @override
    def broken(self, words: Sequence[str], message: str) -> Reply:
        said = text_block(0, *words)[:-1]
        return stream(head(), *said, event("error", error={"type": "overloaded_error", "message": message}))

    @override
    def refusal(self, status: int, message: str, **headers: str) -> Reply:
        error = {"type": _KINDS.get(status, "api_error"), "message": message}
        body = json.dumps({"type": "error", "error": error, "request_id": "req_011"})
        named = [(name.replace("_", "-"), value) for name, value in headers.items()]
        return Reply(status=status, pieces=(body.encode(),), headers=[("content-type", "application/json"), *named])

    @override
    def results(self, received: Received) -> list[tuple[str, str]]:
        blocks = [one for message in received.json["messages"] for one in message["content"]]
        called = [block["id"] for block in blocks if block["type"] == "tool_use"]
        results = [(block["tool_use_id"], _said(block)) for block in blocks if block["type"] == "tool_result"]
        assert [call_id for call_id, _ in results] == called
        return results

    @override
    def pictures(self, received: Received) -> list[Any]:
        content = received.json["messages"][0]["content"]
        return [_as_url(block["source"]) for block in content if block["type"] == "image"]

    @override
    def schema(self, received: Received) -> Any:
        return received.json["output_config"]["format"]["schema"]


def _call_events(index: int, call: ToolCall) -> list[bytes]:
    arguments = json.dumps(call.arguments)
    half = len(arguments) // 2
    start = {"type": "tool_use", "id": call.id, "name": call.name, "input": {}}
    pieces = ("", arguments[:half], arguments[half:])
    return block(index, start, *[{"type": "input_json_delta", "partial_json": piece} for piece in pieces])


def _stop(spoken: Spoken) -> str:
    return "tool_use" if spoken.calls else "end_turn"


def _said(result: dict[str, Any]) -> str:
    content = result["content"]
    return content if isinstance(content, str) else "".join(block["text"] for block in content)


def _as_url(source: dict[str, str]) -> str:
    """Write a picture's source as the address it came as."""
    if source["type"] == "url":
        return source["url"]
    return f"data:{source['media_type']};base64,{source['data']}"
