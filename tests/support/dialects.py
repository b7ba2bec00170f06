"""What the tests say in every dialect alike: a provider's side to write, a caller's side to send and to read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from tests.support.scripted_upstream import Reply
from vutler_router.providers.surfaces import Surface

__all__ = ["COUNTS", "Call", "Counts", "Dialect", "Heard", "Trouble"]


@dataclass(frozen=True)
class Counts:
    """What a provider counts; `cached` and `reasoning` are parts of input and output."""

    input: int = 11
    output: int = 3
    cached: int = 0
    reasoning: int = 0


COUNTS = Counts()


@dataclass(frozen=True)
class Call:
    """A call of a tool; `arguments` are JSON as text."""

    id: str
    name: str
    arguments: str


class Trouble(StrEnum):
    """Errors that every dialect has words for."""

    OVERLOADED = "overloaded"
    LIMITED = "limited"
    REFUSED = "refused"
    """The request itself is at fault."""


@dataclass(frozen=True)
class Heard:
    """A stream as its caller understood it.

    Attributes:
        whole: Whether the closing mark came, and came last.
        error: The error object of the event that told of one.
        usage: Input and output tokens, if they were told.
    """

    text: str = ""
    whole: bool = False
    error: Mapping[str, Any] | None = None
    usage: tuple[int, int] | None = None
    calls: tuple[Call, ...] = ()


class Dialect(Protocol):
    """One shape of request and answer, both sides of it."""

    @property
    def surface(self) -> Surface:
        """The path at which the router takes it."""

    def request(self, text: str = "Hello", **fields: Any) -> dict[str, Any]:
        """Return a caller's request."""

    def asked(self, body: Mapping[str, Any]) -> str:
        """Return what the user said last in a request that reached the provider."""

    def answer(self, text: str = "Hello there", *, counts: Counts | None = COUNTS, **extra: Any) -> Reply:
        """Return a whole answer."""

    def text_of(self, body: Mapping[str, Any]) -> str:
        """Return what a whole answer says."""

    def events(self, *words: str, counts: Counts | None = COUNTS, newline: str = "\n") -> list[bytes]:
        """Return the events of a well-behaved stream, from the opening to the closing mark."""

    def beginning(self, *words: str) -> list[bytes]:
        """Return the same events up to the last word."""

    def opening(self) -> list[bytes]:
        """Return the events that come before the first word."""

    def trouble(self, trouble: Trouble, message: str = "scripted trouble") -> bytes:
        """Return the event by which a provider says in a stream what went wrong."""

    def troubled(self, trouble: Trouble, message: str = "scripted trouble") -> bytes:
        """Return the body by which it says so in place of an answer."""

    def failure(self, status: int, message: str = "scripted failure", headers: Sequence[tuple[str, str]] = ()) -> Reply:
        """Return an error answer."""

    def heard(self, content: bytes) -> Heard:
        """Read what reached a caller of a stream."""
