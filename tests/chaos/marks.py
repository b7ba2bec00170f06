"""How a request is known again: in its text, in what a provider counts, and in what the router estimates."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["WORD", "Marks", "Usage", "number_in", "usage_of"]

WORD = "word "
"""What every piece of an answer says."""

_FIRST_TOKENS = 100_000
"""More than the router estimates for any text of ours."""

_LEAST_TOKENS = 5
_CHARACTERS_PER_TOKEN = 4
_MARK = "chaos"


@dataclass(frozen=True, slots=True)
class Usage:
    """What a provider counts, in tokens; cached and reasoning are parts of the first two."""

    prompt: int
    completion: int
    cached: int
    reasoning: int

    @property
    def total(self) -> int:
        """All of it."""
        return self.prompt + self.completion


def usage_of(number: int) -> Usage:
    """Return what a provider counts for a request; its input tokens no other request has."""
    completion = 1 + number * 37 % 997
    return Usage(_FIRST_TOKENS + number, completion, number * 13 % 1_009, completion // 3)


def number_in(text: str) -> int:
    """Return whose text it is."""
    return int(text.split()[1])


@dataclass(frozen=True, slots=True)
class Marks:
    """Texts whose length tells, together with the agent, which request they belong to.

    Where no provider counted, the router estimates a text by its length: so that row too has but one owner.

    Attributes:
        agents: How many take turns at asking.
    """

    agents: int

    def text_of(self, number: int) -> str:
        """Return what a request says."""
        tokens = _LEAST_TOKENS + number // self.agents
        return f"{_MARK} {number} ".ljust(tokens * _CHARACTERS_PER_TOKEN, ".")

    def agent_of(self, number: int) -> str:
        """Return who asks."""
        return self.name(number % self.agents)

    def name(self, place: int) -> str:
        """Return the agent at this place, in one of three workspaces."""
        return f"team-{place % 3}.agent-{place}"

    def owner(self, row: Mapping[str, Any]) -> int:
        """Return the number of the request that a row belongs to; it may be one that was never sent."""
        tokens: int = row["tokens_input"]
        if tokens >= _FIRST_TOKENS:
            return tokens - _FIRST_TOKENS
        place = int(row["agent_id"].rpartition("-")[2])
        return (tokens - _LEAST_TOKENS) * self.agents + place
