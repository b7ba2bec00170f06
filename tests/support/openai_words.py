"""OpenAI's and Mistral's words, the differences between the two included."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from typing_extensions import override

from tests.support.provider_words import ProviderWords, Spoken, ToolCall
from tests.support.scripted_upstream import USAGE, Received, Reply, delta, event, failure, stream, usage_chunk

__all__ = ["MistralWords", "OpenAIWords"]


class OpenAIWords(ProviderWords):
    """Chat completions as OpenAI documents them: arguments of calls come in pieces, usage in a chunk of its own."""

    provider = "openai"
    model = "gpt-4o-mini"
    path = "/v1/chat/completions"

    @override
    def whole(self, spoken: Spoken) -> Reply:
        message: dict[str, object] = {"role": "assistant", "content": spoken.text or None}
        if spoken.calls:
            message["tool_calls"] = [self._call(call) for call in spoken.calls]
        body = {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1,
            "model": self.model,
            "choices": [{"index": 0, "message": message, "finish_reason": _finish(spoken)}],
            "usage": USAGE,
        }
        return Reply(pieces=(json.dumps(body).encode(),))

    @override
    def streamed(self, spoken: Spoken) -> Reply:
        opening = [event(delta()), *(event(delta(word)) for word in spoken.words)]
        calls = [event(_calling(piece)) for piece in self._call_pieces(spoken.calls)]
        return stream(*opening, *calls, *self._end(_finish(spoken)), event("[DONE]"))

    @override
    def broken(self, words: Sequence[str], message: str) -> Reply:
        said = (event(delta(word)) for word in words)
        return stream(event(delta()), *said, event({"error": {"message": message, "type": "server_error"}}))

    @override
    def refusal(self, status: int, message: str, **headers: str) -> Reply:
        return failure(status, message, **headers)

    @override
    def results(self, received: Received) -> list[tuple[str, str]]:
        messages = received.json["messages"]
        called = [call["id"] for message in messages for call in message.get("tool_calls") or ()]
        results = [(turn["tool_call_id"], turn["content"]) for turn in messages if turn["role"] == "tool"]
        assert [call_id for call_id, _ in results] == called
        return results

    @override
    def pictures(self, received: Received) -> list[Any]:
        content = received.json["messages"][0]["content"]
        return [part["image_url"]["url"] for part in content if part["type"] == "image_url"]

    @override
    def schema(self, received: Received) -> Any:
        return received.json["response_format"]["json_schema"]["schema"]

    def _call(self, call: ToolCall) -> dict[str, Any]:
        function = {"name": call.name, "arguments": json.dumps(call.arguments)}
        return {"id": call.id, "type": "function", "function": function}

    def _call_pieces(self, calls: Sequence[ToolCall]) -> Iterator[dict[str, Any]]:
        for index, call in enumerate(calls):
            whole = self._call(call)
            arguments = whole["function"]["arguments"]
            half = len(arguments) // 2
            yield {"index": index, **whole, "function": {"name": call.name, "arguments": ""}}
            yield {"index": index, "function": {"arguments": arguments[:half]}}
            yield {"index": index, "function": {"arguments": arguments[half:]}}

    def _end(self, finish: str) -> list[bytes]:
        return [event(delta(finish=finish)), event(usage_chunk())]


class MistralWords(OpenAIWords):
    """Mistral's: ids of nine characters, a call in one piece, usage in the last chunk (docs.mistral.ai, chat API)."""

    provider = "mistral"
    model = "mistral-small-latest"

    @override
    def refusal(self, status: int, message: str, **headers: str) -> Reply:
        body = json.dumps({"object": "error", "message": message, "type": "scripted", "param": None, "code": None})
        named = [(name.replace("_", "-"), value) for name, value in headers.items()]
        return Reply(status=status, pieces=(body.encode(),), headers=[("content-type", "application/json"), *named])

    @override
    def _call(self, call: ToolCall) -> dict[str, Any]:
        return super()._call(call) | {"id": f"{call.id:0<9.9}".replace("_", "0")}

    @override
    def _call_pieces(self, calls: Sequence[ToolCall]) -> Iterator[dict[str, Any]]:
        for index, call in enumerate(calls):
            yield {"index": index, **self._call(call)}

    @override
    def _end(self, finish: str) -> list[bytes]:
        return [event(delta("", finish=finish, usage=USAGE))]


def _finish(spoken: Spoken) -> str:
    return "tool_calls" if spoken.calls else "stop"


def _calling(piece: dict[str, Any]) -> dict[str, Any]:
    chunk = delta("")
    chunk["choices"][0]["delta"] = {"tool_calls": [piece]}
    return chunk
