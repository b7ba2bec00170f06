"""Anthropic's Messages for the tests: what a provider says, what a caller sends, what a caller hears."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from typing_extensions import override

from tests.support.dialects import COUNTS, Call, Counts, Dialect, Heard, Trouble
from tests.support.event_stream import events_in
from tests.support.scripted_upstream import Reply
from vutler_router.providers.surfaces import Surface

__all__ = ["MessagesDialect", "block_events", "messages_usage", "named"]

_KINDS: Mapping[Trouble, str] = {
    Trouble.OVERLOADED: "overloaded_error",
    Trouble.LIMITED: "rate_limit_error",
    Trouble.REFUSED: "invalid_request_error",
}


def messages_usage(counts: Counts) -> dict[str, Any]:
    """Spell counts: what was cached stands beside the input, not in it."""
    return {
        "input_tokens": counts.input - counts.cached,
        "cache_read_input_tokens": counts.cached,
        "cache_creation_input_tokens": 0,
        "output_tokens": counts.output,
        "output_tokens_details": {"thinking_tokens": counts.reasoning},
    }


def named(kind: str, newline: str = "\n", **fields: Any) -> bytes:
    """Encode one event under its kind."""
    data = json.dumps({"type": kind, **fields})
    return f"event: {kind}{newline}data: {data}{newline}{newline}".encode()


def block_events(index: int, block: dict[str, Any], *deltas: dict[str, Any], newline: str = "\n") -> list[bytes]:
    """Return the events of one content block."""
    return [
        named("content_block_start", newline, index=index, content_block=block),
        *(named("content_block_delta", newline, index=index, delta=delta) for delta in deltas),
        named("content_block_stop", newline, index=index),
    ]


class MessagesDialect(Dialect):
    """Anthropic's Messages."""

    surface = Surface.MESSAGES

    @override
    def request(self, text: str = "Hello", **fields: Any) -> dict[str, Any]:
        return {"model": "router", "max_tokens": 100, "messages": [{"role": "user", "content": text}], **fields}

    @override
    def asked(self, body: Mapping[str, Any]) -> str:
        content = body["messages"][-1]["content"]
        return content if isinstance(content, str) else "".join(part["text"] for part in content)

    @override
    def answer(self, text: str = "Hello there", *, counts: Counts | None = COUNTS, **extra: Any) -> Reply:
        return self._answer([{"type": "text", "text": text}], "end_turn", counts, extra)

    def calling(self, *calls: Call) -> Reply:
        """Return an answer that calls tools."""
        return self._answer([_spelt(call) for call in calls], "tool_use", COUNTS, {})

    @staticmethod
    def _answer(content: list[dict[str, Any]], stop: str, counts: Counts | None, extra: Mapping[str, Any]) -> Reply:
        body = {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": "scripted-1",
            "content": content,
            "stop_reason": stop,
            "stop_sequence": None,
            **({} if counts is None else {"usage": messages_usage(counts)}),
            **extra,
        }
        return Reply(pieces=(json.dumps(body).encode(),))

    @override
    def text_of(self, body: Mapping[str, Any]) -> str:
        return "".join(block["text"] for block in body["content"])

    @override
    def events(self, *words: str, counts: Counts | None = COUNTS, newline: str = "\n") -> list[bytes]:
        spoken = [{"type": "text_delta", "text": word} for word in words]
        return [
            *self._opening(counts, newline),
            *block_events(0, {"type": "text", "text": ""}, *spoken, newline=newline),
            *self._closing("end_turn", counts, newline),
        ]

    def calling_events(self, *calls: Call) -> list[bytes]:
        """Return a stream that calls tools, the arguments in halves."""
        events = self._opening(COUNTS, "\n")
        for index, call in enumerate(calls):
            half = len(call.arguments) // 2
            parts = [call.arguments[:half], call.arguments[half:]]
            deltas = [{"type": "input_json_delta", "partial_json": part} for part in parts]
            events += block_events(index, {**_spelt(call), "input": {}}, *deltas)
        return [*events, *self._closing("tool_use", COUNTS, "\n")]

    @staticmethod
    def _opening(counts: Counts | None, newline: str) -> list[bytes]:
        """Return the first event; it knows the input, and of the output no more than its first token."""
        usage = {} if counts is None else {"usage": {**messages_usage(counts), "output_tokens": 1}}
        message: dict[str, Any] = {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": "scripted-1",
            "content": [],
        }
        message |= {"stop_reason": None, "stop_sequence": None, **usage}
        return [named("message_start", newline, message=message), named("ping", newline)]

    @staticmethod
    def _closing(stop: str, counts: Counts | None, newline: str) -> list[bytes]:
        usage = {} if counts is None else {"usage": messages_usage(counts)}
        stopped = {"stop_reason": stop, "stop_sequence": None}
        return [named("message_delta", newline, delta=stopped, **usage), named("message_stop", newline)]

    @override
    def beginning(self, *words: str) -> list[bytes]:
        return self.events(*words)[: len(words) + 3]

    @override
    def opening(self) -> list[bytes]:
        return self.beginning()

    @override
    def trouble(self, trouble: Trouble, message: str = "scripted trouble") -> bytes:
        return named("error", error={"type": _KINDS[trouble], "message": message})

    @override
    def troubled(self, trouble: Trouble, message: str = "scripted trouble") -> bytes:
        return json.dumps({"type": "error", "error": {"type": _KINDS[trouble], "message": message}}).encode()

    @override
    def failure(self, status: int, message: str = "scripted failure", headers: Sequence[tuple[str, str]] = ()) -> Reply:
        body = {"type": "error", "error": {"type": "scripted", "message": message}, "request_id": "req_1"}
        return Reply(status, (json.dumps(body).encode(),), [("content-type", "application/json"), *headers])

    @override
    def heard(self, content: bytes) -> Heard:
        text, error, last = "", None, ""
        usage: dict[str, int] = {}
        for told in events_in(content):
            last = told.kind
            fields = told.fields
            assert fields["type"] == told.kind
            match told.kind:
                case "message_start":
                    usage |= fields["message"].get("usage") or {}
                case "message_delta":
                    usage |= fields.get("usage") or {}
                case "content_block_delta":
                    text += fields["delta"].get("text", "")
                case "error":
                    error = fields["error"]
                case _:
                    pass  # the ends of blocks, pings, what a later version may add
        counted = (usage["input_tokens"], usage["output_tokens"]) if usage else None
        return Heard(text, last == "message_stop", error, counted)

    def calls_in(self, body: Mapping[str, Any]) -> tuple[Call, ...]:
        """Return the calls in the conversation of a request that reached the provider."""
        found = [block for message in body["messages"] for block in message["content"] if block["type"] == "tool_use"]
        return tuple(Call(block["id"], block["name"], json.dumps(block["input"])) for block in found)

    def results_in(self, body: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Return the results in the conversation of a request that reached the provider."""
        found = [block for message in body["messages"] for block in message["content"]]
        results = [block for block in found if block["type"] == "tool_result"]
        return [(block["tool_use_id"], "".join(part["text"] for part in block["content"])) for block in results]

    def images_in(self, body: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Return media type and base64 text of each picture in a request that reached the provider."""
        blocks = [block for message in body["messages"] for block in message["content"]]
        sources = [block["source"] for block in blocks if block["type"] == "image"]
        return [(source["media_type"], source["data"]) for source in sources]

    def schema_in(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return the schema that the answer has to keep, in a request that reached the provider."""
        schema: dict[str, Any] = body["output_config"]["format"]["schema"]
        return schema


def _spelt(call: Call) -> dict[str, Any]:
    return {"type": "tool_use", "id": call.id, "name": call.name, "input": json.loads(call.arguments)}
