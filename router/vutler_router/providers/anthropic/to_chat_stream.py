"""Turns a streamed message into streamed chunks of a chat completion, event by event."""

from typing import Final

import orjson
from typing_extensions import override

from vutler_router.providers.anthropic.message_reader import Fields, MessageReader, text_of
from vutler_router.providers.anthropic.stop_reasons import finish_reason
from vutler_router.providers.anthropic.thinking_blocks import ThinkingCollector, is_thinking
from vutler_router.providers.anthropic.usage import chat_usage
from vutler_router.providers.sse import encode_event

__all__ = ["ChatFromMessages"]

_DONE: Final = encode_event(b"[DONE]")


class ChatFromMessages(MessageReader):
    """See `StreamReader`; the caller gets chunks of a chat completion.

    What was thought comes as `reasoning_content`, and whole with its signatures as `thinking_blocks` in the last delta
    before the end. Nothing of the end is told before the message stops, so a stream that breaks off never looks whole.

    Args:
        created: When, in seconds since 1970.
        include_usage: Whether the caller wants a last chunk with token counts.
    """

    __slots__ = ("_choice", "_chunk", "_include_usage", "_pending", "_thinking", "_tools")

    def __init__(self, *, created: int, include_usage: bool) -> None:
        super().__init__()
        self._include_usage = include_usage
        self._choice: dict[str, object] = {"index": 0, "delta": {}, "finish_reason": None}
        self._chunk: dict[str, object] = {
            "id": "",
            "object": "chat.completion.chunk",
            "created": created,
            "model": "",
            "choices": [self._choice],
        }
        if include_usage:
            self._chunk["usage"] = None
        self._tools: dict[object, int] = {}
        self._pending: dict[object, object] = {}
        self._thinking = ThinkingCollector()

    @override
    def _pass_dataless(self, event: bytes) -> bytes:
        return b""

    @override
    def _pass(self, event: bytes, fields: Fields | None) -> bytes:
        if fields is None:
            self._break("an event that is no JSON object")
            return b""
        match fields.get("type"):
            case "content_block_delta":
                passed = self._grown(fields.get("index"), fields.get("delta"))
            case "content_block_start":
                passed = self._begun(fields.get("index"), fields.get("content_block"))
            case "content_block_stop":
                passed = self._ended(fields.get("index"))
            case "message_start":
                passed = self._head(fields.get("message"))
            case "message_stop" if self.finished:
                passed = self._tail()
            case _:
                passed = b""
        return passed

    def _say(self, delta: dict[str, object]) -> bytes:
        self._choice["delta"] = delta
        return encode_event(orjson.dumps(self._chunk))

    def _head(self, message: object) -> bytes:
        self._chunk["id"], self._chunk["model"] = text_of(message, "id"), text_of(message, "model")
        return self._say({"role": "assistant", "content": ""})

    def _begun(self, index: object, block: object) -> bytes:
        if not isinstance(block, dict):
            return b""
        if is_thinking(block):
            self._thinking.start(index, block)
            return self._think(text_of(block, "thinking"))
        if block.get("type") != "tool_use":
            return self._tell(text_of(block, "text"))
        self._tools[index] = place = len(self._tools)
        self._pending[index] = block.get("input") or {}
        function = {"name": block.get("name"), "arguments": ""}
        return self._say(
            {"tool_calls": [{"index": place, "id": block.get("id"), "type": "function", "function": function}]}
        )

    def _grown(self, index: object, delta: object) -> bytes:
        match delta.get("type") if isinstance(delta, dict) else None:
            case "text_delta":
                return self._tell(text_of(delta, "text"))
            case "input_json_delta" if index in self._tools:
                return self._argue(index, text_of(delta, "partial_json"))
            case "thinking_delta":
                self._thinking.add(index, thinking=text_of(delta, "thinking"))
                return self._think(text_of(delta, "thinking"))
            case "signature_delta":
                self._thinking.add(index, signature=text_of(delta, "signature"))
            case _:
                pass  # citations, and what a server's own tool is asked
        return b""

    def _ended(self, index: object) -> bytes:
        """Close a block: a call whose arguments never came has those it started with, which may be none."""
        return self._argue(index, orjson.dumps(self._pending[index]).decode()) if index in self._pending else b""

    def _tell(self, text: str) -> bytes:
        return self._say({"content": text}) if text else b""

    def _think(self, text: str) -> bytes:
        return self._say({"reasoning_content": text}) if text else b""

    def _argue(self, index: object, arguments: str) -> bytes:
        if not arguments:
            return b""
        self._pending.pop(index, None)
        return self._say({"tool_calls": [{"index": self._tools[index], "function": {"arguments": arguments}}]})

    def _tail(self) -> bytes:
        thinking = self._thinking.blocks()
        passed = self._say({"thinking_blocks": thinking}) if thinking else b""
        self._choice["finish_reason"] = finish_reason(self.stop_reason)
        passed += self._say({})
        if self._include_usage:
            counted = {**self._chunk, "choices": [], "usage": chat_usage(self.count.usage)}
            passed += encode_event(orjson.dumps(counted))
        return passed + _DONE
