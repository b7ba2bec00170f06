"""What a person can choose on the command line."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Options", "parse_options"]


@dataclass(frozen=True, slots=True)
class Options:
    """The choices.

    Attributes:
        seconds: For how long agents ask.
        rpm: Requests a minute that the key allows.
        callers: How many each noisy agent has.
        pause: Seconds between two questions of the quiet agent.
        json: Where all figures are written.
    """

    seconds: float = 60.0
    rpm: int = 60
    callers: int = 20
    pause: float = 5.0
    json: Path | None = None


def parse_options(arguments: Sequence[str] | None = None) -> Options:
    """Read the command line."""
    usual = Options()
    parser = argparse.ArgumentParser(
        prog="bench.fairness", description="Measure how long a quiet agent waits beside two noisy ones on one key."
    )
    parser.add_argument("--seconds", type=float, default=usual.seconds, help="for how long agents ask (default: 60)")
    parser.add_argument("--rpm", type=int, default=usual.rpm, help="requests a minute of the key (default: 60)")
    parser.add_argument("--callers", type=int, default=usual.callers, help="of each noisy agent (default: 20)")
    parser.add_argument("--pause", type=float, default=usual.pause, help="of the quiet agent, in seconds (default: 5)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures here")
    given = parser.parse_args(arguments)
    if min(given.seconds, given.rpm, given.callers, given.pause) <= 0:
        parser.error("every number must be more than 0")
    return Options(given.seconds, given.rpm, given.callers, given.pause, given.json)
