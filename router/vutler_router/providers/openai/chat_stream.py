"""Reads streamed chat completions while their bytes pass through."""

from collections.abc import Mapping
from typing import Final

from typing_extensions import override

from vutler_router.domain.usage import TokenCounts
from vutler_router.providers.codec import StreamReader
from vutler_router.providers.count import Count
from vutler_router.providers.decoding import read_object
from vutler_router.providers.openai.usage import read_cost, read_usage
from vutler_router.providers.sse import EventSplitter, data_of

__all__ = ["ChatStream"]

_LONGEST_EVENT: Final = 8 << 20
_TEXT_FIELDS: Final = ("content", "reasoning_content", "reasoning", "refusal")


class ChatStream(StreamReader):
    """See `StreamReader`; events pass unchanged.

    Args:
        strip_usage: Whether the chunk that only carries token counts is left out, because the caller did not ask.
    """

    __slots__ = (
        "_characters",
        "_cost",
        "_splitter",
        "_strip_usage",
        "_usage",
        "done",
        "error",
        "finished",
        "opened",
        "started",
    )

    def __init__(self, *, strip_usage: bool) -> None:
        self._splitter = EventSplitter(_LONGEST_EVENT)
        self._strip_usage = strip_usage
        self.opened = False
        self.started = False
        self.finished = False
        self.done = False
        self.error: Mapping[str, object] | None = None
        self._usage: TokenCounts | None = None
        self._cost: float | None = None
        self._characters = 0

    @property
    @override
    def count(self) -> Count:
        """What was counted so far; of several counts the last one holds."""
        return Count(self._usage, self._cost, self._characters)

    @override
    def feed(self, piece: bytes) -> bytes:
        """Take bytes as they came and return those to pass on: whole events only."""
        events = self._splitter.feed(piece)
        if self._splitter.overflowing:
            self.error = {"message": f"an event of more than {_LONGEST_EVENT} bytes"}
        return b"".join([event for event in events if self._passes(event)])

    @override
    def rest(self) -> bytes:
        """Return what to pass on of an event that the end of the stream left open."""
        tail = self._splitter.rest()
        return tail if tail and self._passes(tail) else b""

    def _passes(self, event: bytes) -> bool:
        """Note what an event says; return whether the caller gets it."""
        if self.error is not None:
            return False
        data = data_of(event)
        if data is None:
            return True
        self.opened = True
        if data == b"[DONE]":
            self.started = self.finished = self.done = True
            return True
        chunk = read_object(data)
        if chunk is None:
            self.started = True
            return True
        return self._read(chunk)

    def _read(self, chunk: Mapping[str, object]) -> bool:
        if chunk.get("error") or chunk.get("object") == "error":
            self.error = chunk
            return False
        stated = chunk.get("usage") or _groq_usage(chunk)
        usage = read_usage(stated)
        if usage is not None:
            self._usage, self._cost = usage, read_cost(stated)
        choices = chunk.get("choices")
        if not choices or not isinstance(choices, list):
            return not (self._strip_usage and usage is not None)
        for choice in choices:
            if isinstance(choice, dict):
                self._read_choice(choice)
        return True

    def _read_choice(self, choice: Mapping[str, object]) -> None:
        if choice.get("finish_reason"):
            self.started = self.finished = True
        delta = choice.get("delta")
        if not isinstance(delta, dict):
            return
        for name in _TEXT_FIELDS:
            text = delta.get(name)
            if isinstance(text, str) and text:
                self._characters += len(text)
                self.started = True
        calls = delta.get("tool_calls")
        if isinstance(calls, list) and calls:
            self._characters += sum(_argument_length(call) for call in calls)
            self.started = True
        elif not self.started and not delta.keys() <= {"role", *_TEXT_FIELDS, "tool_calls"}:
            self.started = True


def _groq_usage(chunk: Mapping[str, object]) -> object:
    """Return the counts where Groq puts them in a stream (console.groq.com/docs: `x_groq.usage`)."""
    holder = chunk.get("x_groq")
    return holder.get("usage") if isinstance(holder, dict) else None


def _argument_length(call: object) -> int:
    function = call.get("function") if isinstance(call, dict) else None
    arguments = function.get("arguments") if isinstance(function, dict) else None
    return len(arguments) if isinstance(arguments, str) else 0
