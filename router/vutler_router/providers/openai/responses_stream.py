"""Reads a streamed Response while its bytes pass through."""

from collections.abc import Mapping
from typing import Final

from typing_extensions import override

from vutler_router.domain.usage import TokenCounts
from vutler_router.providers.codec import StreamReader
from vutler_router.providers.count import Count
from vutler_router.providers.decoding import read_object
from vutler_router.providers.openai.usage import read_cost, read_usage
from vutler_router.providers.sse import EventSplitter, data_of

__all__ = ["ResponsesStream"]

_LONGEST_EVENT: Final = 8 << 20
_OPENING: Final = frozenset({"response.created", "response.queued", "response.in_progress"})
_ENDS: Final = frozenset({"response.completed", "response.incomplete"})
"""Events that close an answer; `incomplete` is what a length limit or a filter left (API reference, streaming)."""


class ResponsesStream(StreamReader):
    """See `StreamReader`; events pass unchanged."""

    __slots__ = ("_characters", "_cost", "_splitter", "_usage", "done", "error", "finished", "opened", "started")

    def __init__(self) -> None:
        self._splitter = EventSplitter(_LONGEST_EVENT)
        self.opened = self.started = self.finished = self.done = False
        self.error: Mapping[str, object] | None = None
        self._usage: TokenCounts | None = None
        self._cost: float | None = None
        self._characters = 0

    @property
    @override
    def count(self) -> Count:
        return Count(self._usage, self._cost, self._characters)

    @override
    def feed(self, piece: bytes) -> bytes:
        events = self._splitter.feed(piece)
        if self._splitter.overflowing:
            self.error = {"message": f"an event of more than {_LONGEST_EVENT} bytes"}
        return b"".join([event for event in events if self._passes(event)])

    @override
    def rest(self) -> bytes:
        tail = self._splitter.rest()
        return tail if tail and self._passes(tail) else b""

    def _passes(self, event: bytes) -> bool:
        if self.error is not None:
            return False
        data = data_of(event)
        if data is None:
            return True
        self.opened = True
        fields = read_object(data)
        kind = fields.get("type") if fields is not None else None
        if fields is None or not isinstance(kind, str):
            self.started = True
            return True
        if kind in {"error", "response.failed"}:
            self.error = _error_in(fields)
            return False
        self._read(kind, fields)
        return True

    def _read(self, kind: str, fields: Mapping[str, object]) -> None:
        if kind not in _OPENING:
            self.started = True
        delta = fields.get("delta")
        if isinstance(delta, str):
            self._characters += len(delta)
        response = fields.get("response")
        if kind in _ENDS and isinstance(response, dict):
            usage = response.get("usage")
            self._usage, self._cost = read_usage(usage), read_cost(usage)
            self.finished = self.done = True


def _error_in(fields: Mapping[str, object]) -> Mapping[str, object]:
    """Find what went wrong: at the top of an `error` event, inside the response of a failed one."""
    response = fields.get("response")
    holder = response if isinstance(response, dict) else fields
    error = holder.get("error")
    return {"error": error} if isinstance(error, dict) else {"error": {**holder, "type": "server_error"}}
