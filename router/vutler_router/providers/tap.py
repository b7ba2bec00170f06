"""What every reader of a stream does: cut the bytes into events, ask what the caller gets of each, stop at an error."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Final

from typing_extensions import override

from vutler_router.providers.codec import StreamReader
from vutler_router.providers.decoding import read_object
from vutler_router.providers.sse import DONE, EventSplitter, data_of

__all__ = ["StreamTap"]

_LONGEST_EVENT: Final = 8 << 20


class StreamTap(StreamReader):
    """See `StreamReader`; a subclass says what the caller gets of an event.

    What comes out does not depend on how the bytes were cut on their way.
    """

    __slots__ = ("_characters", "_splitter", "done", "error", "finished", "opened", "started")

    def __init__(self) -> None:
        self._splitter = EventSplitter(_LONGEST_EVENT)
        self.opened = self.started = self.finished = self.done = False
        self.error: Mapping[str, object] | None = None
        self._characters = 0

    @override
    def feed(self, piece: bytes) -> bytes:
        events = self._splitter.feed(piece)
        if len(events) == 1 and self.error is None and not self.done:
            return self._take(events[0])
        passed = b"".join([self._take(event) for event in events if self.error is None and not self.done])
        if not events and self._splitter.overflowing and self.error is None:
            self._break(f"an event of more than {_LONGEST_EVENT} bytes")
        return passed

    @override
    def rest(self) -> bytes:
        tail = self._splitter.rest().rstrip(b"\r\n")
        data = data_of(tail + b"\n\n") if tail else None
        if data is None or self.error is not None or not (data == DONE or read_object(data) is not None):
            return b""  # an event cut off in its middle is of no use, and what follows it would be read as its end
        return self._take(tail + b"\n\n")

    @abstractmethod
    def _take(self, event: bytes) -> bytes:
        """Note what an event says and return what the caller gets of it."""

    def _break(self, reason: str) -> None:
        """End the answer here: what came makes no sense."""
        self.error = {"error": {"type": "api_error", "message": reason}}
