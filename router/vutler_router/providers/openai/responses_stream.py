"""Reads a streamed Response while its bytes pass through."""

from collections.abc import Mapping
from typing import Final

from typing_extensions import override

from vutler_router.domain.usage import TokenCounts
from vutler_router.providers.count import Count, read_cost
from vutler_router.providers.decoding import read_object
from vutler_router.providers.openai.usage import read_usage
from vutler_router.providers.sse import data_of, is_dataless
from vutler_router.providers.tap import StreamTap

__all__ = ["ResponsesStream"]

_OPENING: Final = frozenset({"response.created", "response.queued", "response.in_progress"})
_ENDS: Final = frozenset({"response.completed", "response.incomplete"})
"""Events that close an answer; `incomplete` is what a length limit or a filter left (API reference, streaming)."""


class ResponsesStream(StreamTap):
    """See `StreamReader`; events pass unchanged."""

    __slots__ = ("_cost", "_usage")

    def __init__(self) -> None:
        super().__init__()
        self._usage: TokenCounts | None = None
        self._cost: float | None = None

    @property
    @override
    def count(self) -> Count:
        return Count(self._usage, self._cost, self._characters)

    @override
    def _take(self, event: bytes) -> bytes:
        data = data_of(event)
        if data is None:
            return event if is_dataless(event) else b""
        self.opened = True
        fields = read_object(data)
        kind = fields.get("type") if fields is not None else None
        if fields is None or not isinstance(kind, str):
            if data.strip():
                self._break("an event that is no JSON object with a type")
            return event if self.error is None else b""
        if kind in {"error", "response.failed"}:
            self.error = _error_in(fields)
            return b""
        self._read(kind, fields)
        return event

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
