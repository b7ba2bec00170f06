"""Under what conditions figures were taken: without them they cannot be compared with others."""

import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

from bench.router.options import Options
from bench.router.targets import ROUTER, Target

__all__ = ["Conditions", "read_conditions", "router_version"]

_ROOT: Final = Path(__file__).resolve().parents[2]
_PARTS: Final = ("uvicorn", "uvloop", "aiohttp", "orjson")


@dataclass(frozen=True, slots=True)
class Conditions:
    """The machine and the versions.

    Attributes:
        date: When the run began, UTC.
        machine: Processor, and system with its release.
        cores: How many may be used.
        load_before: The machine's load average of one minute before the run; near 0 on a quiet one.
        python: Of the router, the upstream and the load generator.
        versions: What was measured, and the parts of the router that matter most.
        seconds: Length of each run.
        requests: Answers of each measurement at concurrency 1.
        rounds: Repetitions.
    """

    date: str
    machine: str
    cores: int
    load_before: float
    python: str
    versions: dict[str, str]
    seconds: float
    requests: int
    rounds: int


def router_version(command: Sequence[str]) -> str:
    """Name the router under measurement: its commit, or the command that was given."""
    if command:
        return " ".join(command)
    git = ["git", "-C", str(_ROOT), "describe", "--always", "--dirty"]
    try:
        found = subprocess.run(git, capture_output=True, text=True, check=True)  # noqa: S603 - a constant command
    except (OSError, subprocess.CalledProcessError):
        return "no commit known"
    return found.stdout.strip()


def read_conditions(options: Options, targets: Sequence[Target], load_before: float) -> Conditions:
    """Gather them."""
    versions = {target.name: target.version for target in targets}
    if not options.router_command:
        versions |= {f"{ROUTER}'s {part}": version(part) for part in _PARTS}
    return Conditions(
        date=datetime.now(UTC).isoformat(timespec="seconds"),
        machine=f"{_processor()}, {platform.system()} {platform.release()}",
        cores=len(os.sched_getaffinity(0)),
        load_before=round(load_before, 2),
        python=platform.python_version(),
        versions=versions,
        seconds=options.seconds,
        requests=options.requests,
        rounds=options.rounds,
    )


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.machine()
