"""What befalls each request, decided by its number alone, so that a run can be repeated."""

import random
from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Departure", "Fate", "Fates", "Trouble"]

_TROUBLED = 0.15
"""Of the first provider's answers: enough to open some breakers, which stand between agent, key and model, not all."""

_BOTH_TROUBLED = 0.05
_LEAVING = 0.1


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


_TROUBLES = tuple(trouble for trouble in Trouble if trouble is not Trouble.NONE)
_OF_STREAMS = frozenset({Trouble.CUTS, Trouble.BREAKS})


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


@dataclass(frozen=True, slots=True)
class Fates:
    """All requests' fates.

    Attributes:
        seed: Another one, another run.
        slowness: About how many seconds answers take.
    """

    seed: int
    slowness: float

    def of(self, number: int) -> Fate:
        """Decide on a request."""
        chance = random.Random(f"{self.seed}/{number}")  # noqa: S311 - repeatable on purpose
        streamed = chance.random() < 0.5
        return Fate(
            streamed,
            _trouble(chance, _TROUBLED, streamed=streamed),
            _trouble(chance, _BOTH_TROUBLED, streamed=streamed),
            _departure(chance, streamed=streamed),
            self.slowness * (0.4 + 1.2 * chance.random()),
            chance.randint(2, 6),
        )


def _trouble(chance: random.Random, share: float, *, streamed: bool) -> Trouble:
    trouble = chance.choice(_TROUBLES)
    if chance.random() >= share or (trouble in _OF_STREAMS and not streamed):
        return Trouble.NONE
    return trouble


def _departure(chance: random.Random, *, streamed: bool) -> Departure:
    departure = chance.choice([Departure.EARLY, Departure.MIDWAY])
    if chance.random() >= _LEAVING:
        return Departure.STAYS
    return departure if streamed else Departure.EARLY
