"""Keeps the ids of tool calls what Anthropic takes, and calls and their results together."""

import re
from typing import Final

__all__ = ["ToolIds"]

_UNSAFE: Final = re.compile(r"[^a-zA-Z0-9_-]")
"""What an id must not contain: the API refuses all but `^[a-zA-Z0-9_-]+$`."""


class ToolIds:
    """The ids of one conversation, read from its start.

    An id that Anthropic takes stays as it is. Any other is made safe, and one that occurred before gets a number:
    some providers number their calls anew in each turn, and Anthropic wants every id once. The same conversation
    always gives the same ids.
    """

    __slots__ = ("_times", "_used", "_waiting")

    def __init__(self) -> None:
        self._used: set[str] = set()
        self._times: dict[str, int] = {}
        self._waiting: dict[str, list[str]] = {}

    @property
    def waiting(self) -> bool:
        """Whether a call has no result yet."""
        return bool(self._waiting)

    def call(self, given: str) -> str:
        """Return the id under which a call is sent."""
        safe = base = _UNSAFE.sub("_", given) or "call"
        while safe in self._used:
            self._times[base] = self._times.get(base, 1) + 1
            safe = f"{base}-{self._times[base]}"
        self._used.add(safe)
        self._waiting.setdefault(given, []).append(safe)
        return safe

    def result(self, given: str) -> str | None:
        """Return the id of the call that a result answers; None when no call waits for it."""
        calls = self._waiting.get(given)
        if calls is None:
            return None
        safe = calls.pop(0)
        if not calls:
            del self._waiting[given]
        return safe
