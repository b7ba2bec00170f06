"""How one surface is spoken to one provider: what is sent, and how answers are read on their way back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from vutler_router.domain.llm import ModelParameters
from vutler_router.providers.count import Count
from vutler_router.providers.model_request import ModelRequest
from vutler_router.providers.target import Target

__all__ = ["Answer", "Codec", "StreamReader"]


@dataclass(frozen=True, slots=True)
class Answer:
    """An unstreamed answer in the caller's words.

    Attributes:
        body: What the caller gets; the provider's own bytes where both speak the same dialect.
        count: What the answer says about itself.
        fields: The decoded body.
    """

    body: bytes
    count: Count
    fields: Mapping[str, object]


class StreamReader(Protocol):
    """Reads one streamed answer while it passes, event by event.

    Attributes:
        opened: An event with data has passed, perhaps only the one that names the role.
        started: The answer has begun; from here on nobody else may answer.
        finished: The provider said that the answer is whole.
        done: The stream's closing mark has passed; nothing of worth can follow.
        error: What the provider said went wrong; nothing is relayed from that event on.
    """

    opened: bool
    started: bool
    finished: bool
    done: bool
    error: Mapping[str, object] | None

    @property
    def count(self) -> Count:
        """What was counted so far; of several counts the last one holds."""

    def feed(self, piece: bytes) -> bytes:
        """Take bytes as they came and return those to pass on, in the caller's dialect: whole events only."""

    def rest(self) -> bytes:
        """Return what to pass on of an event that the end of the stream left open: all of it, or nothing."""


class Codec(Protocol):
    """Speaks one surface to one kind of provider; without state, so one serves all requests."""

    def encode(
        self, request: ModelRequest, target: Target, parameters: ModelParameters, *, ask_usage: bool = True
    ) -> bytes:
        """Return the body to send; with `ask_usage` it asks for token counts in a stream.

        Raises:
            InvalidRequest: the provider cannot do what a field asks for; `param` names the field.
        """

    def read(self, body: bytes, fields: Mapping[str, object]) -> Answer | None:
        """Read an unstreamed answer, its body and what it decodes to; None when it is no answer of this dialect."""

    def reader(self, request: ModelRequest) -> StreamReader:
        """Return a reader for one streamed answer."""
