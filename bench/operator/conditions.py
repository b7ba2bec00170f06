"""Under what conditions figures were taken: without them they cannot be compared with others."""

import os
import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Final

from bench.operator.options import Options
from bench.router.conditions import router_version

__all__ = ["Conditions", "read_conditions"]

_PARTS: Final = ("kopf", "kubernetes", "aiohttp", "uvloop", "orjson")


@dataclass(frozen=True, slots=True)
class Conditions:
    """The machine and the versions.

    Attributes:
        date: When the run began, UTC.
        cores: How many may be used, by everything together.
        kernel: Of the machine.
        load_before: The machine's load average of one minute before the run; near 0 on a quiet one.
        python: Of the operator, the router and the load generator.
        commit: Of this folder.
        source: Folder of the operator's package.
        versions: Of the operator's parts that matter most.
        rollouts: `OPERATOR_ROLLOUTS`; None: the operator's own.
    """

    date: str
    cores: int
    kernel: str
    load_before: float
    python: str
    commit: str
    source: str
    versions: dict[str, str]
    rollouts: int | None


def read_conditions(options: Options, load_before: float) -> Conditions:
    """Gather them."""
    return Conditions(
        date=datetime.now(UTC).isoformat(timespec="seconds"),
        cores=len(os.sched_getaffinity(0)),
        kernel=f"{platform.system()} {platform.release()}",
        load_before=round(load_before, 2),
        python=platform.python_version(),
        commit=router_version(()),
        source=str(options.source),
        versions={part: version(part) for part in _PARTS},
        rollouts=options.rollouts,
    )
