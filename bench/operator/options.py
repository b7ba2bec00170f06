"""What a person can choose on the command line."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

__all__ = ["PHASES", "Options", "parse_options"]

_ROOT: Final = Path(__file__).resolve().parents[2]

PHASES: Final = ("idle", "edit", "restart", "image", "template")
"""What may be measured after the agents of the last batch have been created, in this order."""


@dataclass(frozen=True, slots=True)
class Options:
    """The choices.

    Attributes:
        agents: How many are created at once, batch after batch; the later phases work on the last batch.
        phases: Which of `PHASES` are measured.
        idle: Seconds of doing nothing.
        edits: Single changes, one after another.
        images: Agents whose image is changed at once.
        rollouts: Pods that a change of a template may restart at once (`OPERATOR_ROLLOUTS`); None leaves the default.
        source: Folder of the operator's package, to measure another one than this checkout's.
        json: Where all figures are written.
    """

    agents: tuple[int, ...] = (100, 1000)
    phases: tuple[str, ...] = PHASES
    idle: float = 60.0
    edits: int = 50
    images: int = 100
    rollouts: int | None = None
    source: Path = _ROOT / "operator"
    json: Path | None = None


def parse_options(arguments: Sequence[str] | None = None) -> Options:
    """Read the command line."""
    usual = Options()
    parser = argparse.ArgumentParser(prog="bench.operator", description="Measure the operator with many agents.")
    parser.add_argument("--agents", type=_counts, default=usual.agents, help="batches (default: 100,1000)")
    parser.add_argument("--phases", type=_phases, default=usual.phases, help=f"default: {','.join(PHASES)}; or none")
    parser.add_argument("--idle", type=_positive, default=usual.idle, help="seconds of doing nothing (default: 60)")
    parser.add_argument("--edits", type=_count, default=usual.edits, help="single changes (default: 50)")
    parser.add_argument("--images", type=_count, default=usual.images, help="images changed at once (default: 100)")
    parser.add_argument("--rollouts", type=_count, help="OPERATOR_ROLLOUTS (default: the operator's own)")
    parser.add_argument("--source", type=Path, default=usual.source, help="folder of another operator package")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures and conditions here")
    given = parser.parse_args(arguments)
    return Options(**vars(given))


def _counts(text: str) -> tuple[int, ...]:
    return tuple(_count(part) for part in text.split(","))


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return value


def _positive(text: str) -> float:
    value = float(text)
    if value <= 0:
        raise argparse.ArgumentTypeError("must be more than 0")
    return value


def _phases(text: str) -> tuple[str, ...]:
    chosen = {part.strip() for part in text.split(",")} - {"none"}
    if unknown := sorted(chosen - set(PHASES)):
        raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: known are {', '.join(PHASES)}")
    return tuple(phase for phase in PHASES if phase in chosen)
