"""OpenAI's Responses for the tests: what a provider says, what a caller sends, what a caller hears."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from typing_extensions import override

from tests.support.chat_script import ChatDialect
from tests.support.dialects import COUNTS, Counts, Dialect, Heard, Trouble
from tests.support.event_stream import events_in
from tests.support.messages_script import named
from tests.support.scripted_upstream import Reply
from vutler_router.providers.surfaces import Surface

__all__ = ["ResponsesDialect", "response_of"]

_CODES: Mapping[Trouble, str] = {
    Trouble.OVERLOADED: "server_error",
    Trouble.LIMITED: "rate_limit_exceeded",
    Trouble.REFUSED: "invalid_prompt",
}


class ResponsesDialect(Dialect):
    """OpenAI's Responses."""

    surface = Surface.RESPONSES

    @override
    def request(self, text: str = "Hello", **fields: Any) -> dict[str, Any]:
        return {"model": "router", "input": text, **fields}

    @override
    def asked(self, body: Mapping[str, Any]) -> str:
        return str(body["input"])

    @override
    def answer(self, text: str = "Hello there", *, counts: Counts | None = COUNTS, **extra: Any) -> Reply:
        return Reply(pieces=(json.dumps(response_of("completed", text, counts) | extra).encode(),))

    @override
    def text_of(self, body: Mapping[str, Any]) -> str:
        return "".join(part["text"] for item in body["output"] for part in item["content"])

    @override
    def events(self, *words: str, counts: Counts | None = COUNTS, newline: str = "\n") -> list[bytes]:
        text = "".join(words)
        place = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
        return [
            named("response.created", newline, response=response_of("in_progress", "", None)),
            named("response.in_progress", newline, response=response_of("in_progress", "", None)),
            *(named("response.output_text.delta", newline, **place, delta=word) for word in words),
            named("response.output_text.done", newline, **place, text=text),
            named("response.completed", newline, response=response_of("completed", text, counts)),
        ]

    @override
    def beginning(self, *words: str) -> list[bytes]:
        return self.events(*words)[: len(words) + 2]

    @override
    def opening(self) -> list[bytes]:
        return self.beginning()

    @override
    def trouble(self, trouble: Trouble, message: str = "scripted trouble") -> bytes:
        failed = response_of("failed", "", None) | {"error": {"code": _CODES[trouble], "message": message}}
        return named("response.failed", response=failed)

    @override
    def troubled(self, trouble: Trouble, message: str = "scripted trouble") -> bytes:
        failed = response_of("failed", "", None) | {"error": {"code": _CODES[trouble], "message": message}}
        return json.dumps(failed).encode()

    @override
    def failure(self, status: int, message: str = "scripted failure", headers: Sequence[tuple[str, str]] = ()) -> Reply:
        return ChatDialect().failure(status, message, headers)

    @override
    def heard(self, content: bytes) -> Heard:
        text, usage, error, last = "", None, None, ""
        for told in events_in(content):
            fields, last = told.fields, told.kind
            assert fields["type"] == told.kind
            match told.kind:
                case "response.output_text.delta":
                    text += fields["delta"]
                case "response.completed" if counted := fields["response"].get("usage"):
                    usage = counted["input_tokens"], counted["output_tokens"]
                case "error":
                    error = fields
                case _:
                    pass  # what else a response goes through
        return Heard(text, last == "response.completed", error, usage)


def response_of(status: str, text: str, counts: Counts | None) -> dict[str, Any]:
    """Return a response as events and whole answers carry it."""
    spoken = [{"type": "output_text", "text": text, "annotations": []}]
    output = [{"type": "message", "id": "msg_1", "role": "assistant", "status": status, "content": spoken}]
    usage = counts and {
        "input_tokens": counts.input,
        "input_tokens_details": {"cached_tokens": counts.cached},
        "output_tokens": counts.output,
        "output_tokens_details": {"reasoning_tokens": counts.reasoning},
        "total_tokens": counts.input + counts.output,
    }
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "status": status,
        "error": None,
        "incomplete_details": None,
        "model": "scripted-1",
        "output": output if text else [],
        "usage": usage,
    }
