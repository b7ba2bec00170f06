"""The same answers in the words of different providers, so that one test can ask all of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from tests.support.scripted_upstream import Received, Reply

__all__ = ["ProviderWords", "Spoken", "ToolCall"]


@dataclass(frozen=True)
class ToolCall:
    """One call of a tool."""

    id: str
    arguments: Mapping[str, object]
    name: str = "weather"


@dataclass(frozen=True)
class Spoken:
    """What an answer says, in this order: what was thought, text, calls."""

    words: Sequence[str] = ()
    calls: Sequence[ToolCall] = ()

    @property
    def text(self) -> str:
        """All words together."""
        return "".join(self.words)


class ProviderWords(Protocol):
    """How one provider says things, and how it is told things. Every whole answer took 11 and 3 tokens.

    Attributes:
        provider: The router's name of it.
        model: One of its models.
        path: Where it is asked.
    """

    provider: str
    model: str
    path: str

    def whole(self, spoken: Spoken) -> Reply:
        """Build an unstreamed answer."""

    def streamed(self, spoken: Spoken) -> Reply:
        """Build a streamed answer, each word and each piece of arguments an event."""

    def broken(self, words: Sequence[str], message: str) -> Reply:
        """Build a stream that says these words and then that it failed."""

    def refusal(self, status: int, message: str, **headers: str) -> Reply:
        """Build an error answer."""

    def results(self, received: Received) -> list[tuple[str, str]]:
        """Return the tools' results a request brought, each with the id of its call, checked to answer one."""

    def pictures(self, received: Received) -> list[Any]:
        """Return the pictures of the first message, as this provider is shown them."""

    def schema(self, received: Received) -> Any:
        """Return the schema that the answer is to keep to."""
