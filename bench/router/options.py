"""What a person can choose on the command line."""

import argparse
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.router.peers import Peer, parse_peers

__all__ = ["Options", "parse_options"]


@dataclass(frozen=True, slots=True)
class Options:
    """The choices.

    Attributes:
        seconds: Length of each run.
        requests: Answers of each measurement at concurrency 1, all rounds together.
        rounds: How often each run is repeated, the targets taking turns.
        soak: Seconds of constant moderate load at the end; 0 for none.
        peers: Gateways to measure beside the router.
        json: Where all figures are written.
        router_command: What starts the router; empty for the one of this folder.
    """

    seconds: float
    requests: int
    rounds: int
    soak: float
    peers: tuple[Peer, ...]
    json: Path | None
    router_command: tuple[str, ...]


def parse_options(arguments: Sequence[str] | None = None) -> Options:
    """Read the command line.

    Raises:
        BenchError: A peer is unknown or must not be installed.
    """
    parser = argparse.ArgumentParser(prog="bench.router", description="Measure what the router adds to a request.")
    parser.add_argument("--seconds", type=_positive, default=3.0, help="length of each run (default: 3)")
    parser.add_argument("--requests", type=_count, default=3000, help="answers at concurrency 1 (default: 3000)")
    parser.add_argument("--rounds", type=_count, default=3, help="repetitions, the targets taking turns (default: 3)")
    parser.add_argument(
        "--soak", type=float, default=0.0, metavar="SECONDS", help="constant load for so long at the end"
    )
    parser.add_argument("--peers", default="", help="litellm,portkey: measure these too; name==version for another one")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures and conditions here")
    parser.add_argument("--router-command", default="", help="what starts the router (default: this folder's)")
    given = parser.parse_args(arguments)
    return Options(
        seconds=given.seconds,
        requests=given.requests,
        rounds=given.rounds,
        soak=given.soak,
        peers=parse_peers(given.peers),
        json=given.json,
        router_command=tuple(shlex.split(given.router_command)),
    )


def _positive(text: str) -> float:
    value = float(text)
    if value <= 0:
        raise argparse.ArgumentTypeError("must be more than 0")
    return value


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return value
