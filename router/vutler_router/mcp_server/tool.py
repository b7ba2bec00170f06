"""One tool: what a model is told of it, who may use it, and what it does."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from vutler_router.domain.agent import Agent
from vutler_router.mcp_server.arguments import Arguments, read_arguments, schema_of

__all__ = ["Call", "Grant", "Progress", "Tool", "Tools", "everybody", "granted_group"]

A = TypeVar("A", bound=Arguments)

Grant = Callable[[Agent], bool]
"""Whether an agent may use a tool."""


class Progress(Protocol):
    """Tells the caller that work goes on; does nothing where the caller did not ask for it."""

    async def __call__(self, done: float, message: str) -> None:
        """Say how far it is, a number that only grows, and in words."""
        ...


@dataclass(slots=True)
class Call:
    """One call of a tool.

    Attributes:
        agent: Who calls.
        progress: The way to tell that it goes on.
        tree_id: The tree of asks that the call turned out to belong to; None where the tool did not find out.
    """

    agent: Agent
    progress: Progress
    tree_id: str | None = None


Run = Callable[[Call, A], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Tool(Generic[A]):
    """A tool.

    Attributes:
        description: What it does, when to use it, its limits; a model reads it.
        arguments: What it takes.
        grant: Who may use it.
        run: Does it and returns a text for the model. Raises `RouterError`.
        read_only: Whether it changes nothing.
    """

    name: str
    description: str
    arguments: type[A]
    grant: Grant
    run: Run[A]
    read_only: bool = False

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON schema of its arguments."""
        return schema_of(self.arguments)

    def read(self, given: object) -> A:
        """Check arguments. Raises `InvalidRequest`."""
        return read_arguments(self.arguments, given)


def everybody(_agent: Agent) -> bool:
    """Grant a tool to all agents."""
    return True


def granted_group(group: str) -> Grant:
    """Grant a tool to agents whose `tools` name its group."""

    def granted(agent: Agent) -> bool:
        return group in agent.tools

    return granted


Tools = Sequence[Tool[Any]]
