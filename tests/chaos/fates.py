"""What befalls each request, decided by its number alone, so that a run can be repeated."""

import random
from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Departure", "Fate", "Trouble", "completion_tokens", "fate_of", "number_of", "prompt_tokens"]

_FIRST_TOKENS = 100_000
_OFTEN = 0.72


class Trouble(StrEnum):
    """What a provider does to a request."""

    NONE = "none"
    FAILS = "fails"
    OVERLOADED = "overloaded"
    LIMITED = "limited"
    HANGS_UP = "hangs up"
    CUTS = "cuts the stream"
    BREAKS = "ends the stream with an error"


class Departure(StrEnum):
    """When a caller leaves."""

    STAYS = "stays"
    EARLY = "leaves before the answer begins"
    MIDWAY = "leaves in the middle of it"


_TROUBLES = (Trouble.FAILS, Trouble.OVERLOADED, Trouble.LIMITED, Trouble.HANGS_UP, Trouble.CUTS, Trouble.BREAKS)


@dataclass(frozen=True, slots=True)
class Fate:
    """Everything about one request.

    Attributes:
        streamed: Whether it asks for a stream.
        first: What the first provider does; `CUTS` and `BREAKS` only to streams.
        second: What the stand-in does.
        departure: Whether its caller leaves.
        seconds: How long a whole answer takes.
        pieces: Of a streamed answer.
    """

    streamed: bool
    first: Trouble
    second: Trouble
    departure: Departure
    seconds: float
    pieces: int


def fate_of(seed: int, number: int, slowness: float) -> Fate:
    """Decide on a request; `slowness` is about how many seconds answers take."""
    chance = random.Random(f"{seed}/{number}")  # noqa: S311 - repeatable on purpose
    streamed = chance.random() < 0.5
    first = Trouble.NONE if chance.random() < _OFTEN else chance.choice(_TROUBLES)
    if first in {Trouble.CUTS, Trouble.BREAKS} and not streamed:
        first = Trouble.NONE
    second = Trouble.FAILS if chance.random() < 0.05 else Trouble.NONE
    departure = Departure.STAYS if chance.random() < 0.9 else chance.choice([Departure.EARLY, Departure.MIDWAY])
    if departure is Departure.MIDWAY and not streamed:
        departure = Departure.EARLY
    return Fate(streamed, first, second, departure, slowness * (0.4 + 1.2 * chance.random()), chance.randint(2, 6))


def prompt_tokens(number: int) -> int:
    """Return the input tokens that a provider counts; they tell whose row it is."""
    return _FIRST_TOKENS + number


def completion_tokens(number: int) -> int:
    """Return the output tokens that a provider counts."""
    return 1 + number % 97


def number_of(tokens_input: int) -> int | None:
    """Return whose row it is; None for an estimate."""
    return tokens_input - _FIRST_TOKENS if tokens_input >= _FIRST_TOKENS else None
