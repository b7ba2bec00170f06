"""Reads streamed chat completions while their bytes pass through."""

from collections.abc import Mapping
from typing import Final

from typing_extensions import override

from vutler_router.domain.usage import TokenCounts
from vutler_router.providers.count import Count, read_cost
from vutler_router.providers.decoding import read_object
from vutler_router.providers.error_objects import error_in_answer
from vutler_router.providers.openai.usage import read_usage
from vutler_router.providers.sse import DONE, data_of, is_dataless
from vutler_router.providers.tap import StreamTap

__all__ = ["ChatStream"]

_TEXT_FIELDS: Final = ("content", "reasoning_content", "reasoning", "refusal")


class ChatStream(StreamTap):
    """See `StreamReader`; events pass unchanged.

    Once the answer has begun, an event is decoded only if it may say something; of all others the length counts as
    that of text, less what the first one carried around its text.

    Args:
        strip_usage: Whether the chunk that only carries token counts is left out, because the caller did not ask.
    """

    __slots__ = ("_cost", "_frame", "_strip_usage", "_usage")

    def __init__(self, *, strip_usage: bool) -> None:
        super().__init__()
        self._strip_usage = strip_usage
        self._usage: TokenCounts | None = None
        self._cost: float | None = None
        self._frame = 0

    @property
    @override
    def count(self) -> Count:
        return Count(self._usage, self._cost, self._characters)

    @override
    def _take(self, event: bytes) -> bytes:
        if self._frame and _is_plain(event):
            self._characters += max(0, len(event) - self._frame)
            return event
        data = data_of(event)
        if data is None:
            return event if is_dataless(event) else b""
        self.opened = True
        if data == DONE:
            self.started = self.finished = self.done = True
            return event
        chunk = read_object(data)
        if chunk is None:
            if data.strip():
                self._break("an event that is no JSON object")
            return event if self.error is None else b""
        before = self._characters
        passes = self._read(chunk)
        if not self._frame and self._characters > before:
            self._frame = max(1, len(event) - self._characters + before)
        return event if passes else b""

    def _read(self, chunk: Mapping[str, object]) -> bool:
        """Note what a chunk says; return whether the caller gets it."""
        stopped = _error_of(chunk)
        if stopped is not None:
            self.error = {"error": stopped}
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
        return self.error is None

    def _read_choice(self, choice: Mapping[str, object]) -> None:
        reason = choice.get("finish_reason")
        if reason == "error":  # OpenRouter, "Errors": the answer ended in one, and the choice says which
            self.error = {"error": choice.get("error") or {"message": "the answer ended in an error"}}
            return
        if reason:
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


def _error_of(chunk: Mapping[str, object]) -> Mapping[str, object] | None:
    """Find what stopped the answer: where all providers say so, or where Groq does, beside its counts."""
    if chunk.get("error") or not chunk.get("choices"):
        error = chunk.get("error")
        return error if isinstance(error, dict) and error else error_in_answer(chunk)
    groq = chunk.get("x_groq")
    stated = groq.get("error") if isinstance(groq, dict) else None
    return ({"message": stated} if isinstance(stated, str) else stated) or None if stated else None


def _is_plain(event: bytes) -> bool:
    """Whether an event after the beginning surely brings just another piece of an answer; a look at its bytes."""
    return (event.startswith(b"data: {") and event.endswith((b"}\n\n", b"}\r\n\r\n"))) and not (
        event.count(b'"finish_reason"') != event.count(b'"finish_reason":null') + event.count(b'"finish_reason": null')
        or event.count(b'"usage"') != event.count(b'"usage":null') + event.count(b'"usage": null')
        or b'"error"' in event
        or DONE in event
        or b'"x_groq"' in event
    )


def _groq_usage(chunk: Mapping[str, object]) -> object:
    """Return the counts where Groq puts them in a stream (console.groq.com/docs: `x_groq.usage`)."""
    holder = chunk.get("x_groq")
    return holder.get("usage") if isinstance(holder, dict) else None


def _argument_length(call: object) -> int:
    function = call.get("function") if isinstance(call, dict) else None
    arguments = function.get("arguments") if isinstance(function, dict) else None
    return len(arguments) if isinstance(arguments, str) else 0
