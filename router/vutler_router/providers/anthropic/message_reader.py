"""What every reader of a streamed message has to note, whatever it passes on."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Final

from typing_extensions import override

from vutler_router.providers.anthropic.usage import merge_usage, read_usage
from vutler_router.providers.count import Count, read_cost
from vutler_router.providers.decoding import read_object
from vutler_router.providers.sse import data_of
from vutler_router.providers.tap import StreamTap

__all__ = ["Fields", "MessageReader", "text_of"]

Fields = Mapping[str, object]

_GROWING: Final = frozenset({"text", "thinking"})
"""Blocks that may start empty; any other block is content by itself."""


class MessageReader(StreamTap):
    """See `StreamReader`; a subclass says what the caller gets.

    The events and their order are those of "Streaming messages": a message starts, its content blocks start, grow and
    stop, the message's end and counts are told, the message stops. Pings may come anywhere, kinds that are not known
    yet as well.

    Attributes:
        stop_reason: Why the message ended, once that is told.
    """

    __slots__ = ("_counted", "_usage", "stop_reason")

    def __init__(self) -> None:
        super().__init__()
        self.stop_reason: object = None
        self._usage: dict[str, object] = {}
        self._counted = False

    @property
    @override
    def count(self) -> Count:
        return Count(read_usage(self._usage), read_cost(self._usage), self._characters, whole=self._counted)

    @abstractmethod
    def _pass(self, event: bytes, fields: Fields | None) -> bytes:
        """Return what the caller gets for an event; `fields` are None where its data is no JSON object."""

    @abstractmethod
    def _pass_dataless(self, event: bytes) -> bytes:
        """Return what the caller gets for a comment."""

    @override
    def _take(self, event: bytes) -> bytes:
        data = _data_of(event)
        if data is None:
            return self._pass_dataless(event)
        fields = read_object(data)
        if fields is not None and (fields.get("type") == "error" or "error" in fields):
            self.error = fields if isinstance(fields.get("error"), dict) else {"error": {"message": str(fields)}}
            return b""
        if fields is not None:
            self._note(fields)
        return self._pass(event, fields)

    def _note(self, fields: Fields) -> None:
        match fields.get("type"):
            case "content_block_delta":
                self._grow(fields.get("delta"))
            case "content_block_start":
                block = fields.get("content_block")
                if isinstance(block, dict) and block.get("type") not in _GROWING:
                    self.started = True
                self._grow(block)
            case "message_start":
                self.opened = True
                message = fields.get("message")
                merge_usage(self._usage, message.get("usage") if isinstance(message, dict) else None)
            case "message_delta":
                merge_usage(self._usage, fields.get("usage"))
                self._counted = True
                delta = fields.get("delta")
                if isinstance(delta, dict) and delta.get("stop_reason") is not None:
                    self.stop_reason = delta["stop_reason"]
                    self.started = True
            case "message_stop":
                self.done = True
                self.finished = self.stop_reason is not None
            case _:
                pass  # pings, the ends of blocks, and kinds that came later than this reader

    def _grow(self, delta: object) -> None:
        """Count what a block brings; the first of it starts the answer."""
        if isinstance(delta, dict):
            brought = delta.get("text") or delta.get("thinking") or delta.get("partial_json")
            if brought and isinstance(brought, str):
                self._characters += len(brought)
                self.started = True


def _data_of(event: bytes) -> bytes | None:
    """Return an event's data; a short way for what Anthropic sends: a line with the kind, one with the data."""
    kind_end = event.find(b"\n")
    start = kind_end + 7
    one_line = event.find(b"\n", start) == len(event) - 2 and b"\r" not in event
    if one_line and event.startswith(b"event: ") and event[kind_end + 1 : start] == b"data: ":
        return event[start:-2]
    return data_of(event)


def text_of(holder: object, name: str) -> str:
    """Return a text field; empty where there is none."""
    value = holder.get(name) if isinstance(holder, dict) else None
    return value if isinstance(value, str) else ""
