"""Chat completions for the tests: what a provider says, what a caller sends, what a caller hears."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from typing_extensions import override

from tests.support.dialects import COUNTS, Call, Counts, Dialect, Heard, Trouble
from tests.support.event_stream import events_in
from tests.support.scripted_upstream import Reply, delta, event, usage_chunk
from vutler_router.providers.surfaces import Surface

__all__ = ["ChatDialect", "chat_usage"]

_ERRORS: Mapping[Trouble, dict[str, Any]] = {
    Trouble.OVERLOADED: {"type": "server_error", "code": "service_unavailable", "param": None},
    Trouble.LIMITED: {"type": "rate_limit_error", "code": "rate_limit_exceeded", "param": None},
    Trouble.REFUSED: {"type": "invalid_request_error", "code": None, "param": "messages"},
}


def chat_usage(counts: Counts) -> dict[str, Any]:
    """Spell counts."""
    return {
        "prompt_tokens": counts.input,
        "completion_tokens": counts.output,
        "total_tokens": counts.input + counts.output,
        "prompt_tokens_details": {"cached_tokens": counts.cached},
        "completion_tokens_details": {"reasoning_tokens": counts.reasoning},
    }


class ChatDialect(Dialect):
    """OpenAI's chat completions."""

    surface = Surface.CHAT

    @override
    def request(self, text: str = "Hello", **fields: Any) -> dict[str, Any]:
        return {"model": "router", "messages": [{"role": "user", "content": text}], **fields}

    @override
    def asked(self, body: Mapping[str, Any]) -> str:
        return str(body["messages"][-1]["content"])

    @override
    def answer(self, text: str = "Hello there", *, counts: Counts | None = COUNTS, **extra: Any) -> Reply:
        return self._answer({"role": "assistant", "content": text}, "stop", counts, extra)

    def calling(self, *calls: Call) -> Reply:
        """Return an answer that calls tools."""
        spelt = [_spelt(call) for call in calls]
        return self._answer({"role": "assistant", "content": None, "tool_calls": spelt}, "tool_calls", COUNTS, {})

    @staticmethod
    def _answer(message: dict[str, Any], finish: str, counts: Counts | None, extra: Mapping[str, Any]) -> Reply:
        body = {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1,
            "model": "scripted-1",
            "choices": [{"index": 0, "message": message, "finish_reason": finish}],
            **({} if counts is None else {"usage": chat_usage(counts)}),
            **extra,
        }
        return Reply(pieces=(json.dumps(body).encode(),))

    @override
    def text_of(self, body: Mapping[str, Any]) -> str:
        return str(body["choices"][0]["message"]["content"])

    def calls_of(self, body: Mapping[str, Any]) -> tuple[Call, ...]:
        """Return the calls of a whole answer."""
        return tuple(map(_read, body["choices"][0]["message"]["tool_calls"]))

    @override
    def events(self, *words: str, counts: Counts | None = COUNTS, newline: str = "\n") -> list[bytes]:
        events = [event(delta(), newline), *(event(delta(word), newline) for word in words)]
        events.append(event(delta(finish="stop"), newline))
        if counts is not None:
            events.append(event(usage_chunk(chat_usage(counts)), newline))
        return [*events, event("[DONE]", newline)]

    def calling_events(self, *calls: Call) -> list[bytes]:
        """Return a stream that calls tools, the arguments in halves."""
        events = [event(delta())]
        for index, call in enumerate(calls):
            half = len(call.arguments) // 2
            head = {"index": index, **_spelt(call), "function": {"name": call.name, "arguments": ""}}
            parts = [
                {"index": index, "function": {"arguments": a}} for a in (call.arguments[:half], call.arguments[half:])
            ]
            events += [event(_with(tool_calls=[part])) for part in (head, *parts)]
        return [*events, event(delta(finish="tool_calls")), event(usage_chunk(chat_usage(COUNTS))), event("[DONE]")]

    @override
    def beginning(self, *words: str) -> list[bytes]:
        return self.events(*words)[: len(words) + 1]

    @override
    def opening(self) -> list[bytes]:
        return self.beginning()

    @override
    def trouble(self, trouble: Trouble, message: str = "scripted trouble") -> bytes:
        return event({"error": {"message": message, **_ERRORS[trouble]}})

    @override
    def troubled(self, trouble: Trouble, message: str = "scripted trouble") -> bytes:
        return json.dumps({"error": {"message": message, **_ERRORS[trouble]}}).encode()

    @override
    def failure(self, status: int, message: str = "scripted failure", headers: Sequence[tuple[str, str]] = ()) -> Reply:
        body = {"error": {"message": message, "type": "scripted", "code": None, "param": None}}
        return Reply(status, (json.dumps(body).encode(),), [("content-type", "application/json"), *headers])

    @override
    def heard(self, content: bytes) -> Heard:
        text, usage, error, last = "", None, None, ""
        calls: dict[int, Call] = {}
        for told in events_in(content):
            chunk, last = told.fields, told.data
            error = chunk.get("error") or error
            if (counted := chunk.get("usage")) and "prompt_tokens" in counted:
                usage = counted["prompt_tokens"], counted["completion_tokens"]
            for choice in chunk.get("choices", ()):
                text += choice["delta"].get("content") or ""
                _collect(calls, choice["delta"].get("tool_calls") or ())
        return Heard(text, last == "[DONE]", error, usage, tuple(calls.values()))

    def calls_in(self, body: Mapping[str, Any]) -> tuple[Call, ...]:
        """Return the calls in the conversation of a request that reached the provider."""
        return tuple(_read(call) for message in body["messages"] for call in message.get("tool_calls") or ())

    def results_in(self, body: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Return the results in the conversation of a request that reached the provider."""
        return [(m["tool_call_id"], m["content"]) for m in body["messages"] if m["role"] == "tool"]

    def images_in(self, body: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Return media type and base64 text of each picture in a request that reached the provider."""
        parts = [part for message in body["messages"] for part in message["content"]]
        urls = [part["image_url"]["url"] for part in parts if part["type"] == "image_url"]
        return [
            (head.removeprefix("data:").removesuffix(";base64"), data) for head, data in (u.split(",") for u in urls)
        ]

    def schema_in(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return the schema that the answer has to keep, in a request that reached the provider."""
        schema: dict[str, Any] = body["response_format"]["json_schema"]["schema"]
        return schema


def _with(**change: Any) -> dict[str, Any]:
    return delta() | {"choices": [{"index": 0, "delta": change, "finish_reason": None}]}


def _spelt(call: Call) -> dict[str, Any]:
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}


def _read(call: Mapping[str, Any]) -> Call:
    return Call(call["id"], call["function"]["name"], call["function"]["arguments"])


def _collect(calls: dict[int, Call], parts: Sequence[Mapping[str, Any]]) -> None:
    """Put the calls of a stream together as a client does: the first part has id and name, the others add."""
    for part in parts:
        known, function = calls.get(part["index"]), part.get("function", {})
        more = function.get("arguments") or ""
        calls[part["index"]] = (
            Call(known.id, known.name, known.arguments + more) if known else Call(part["id"], function["name"], more)
        )
