"""What every phase works with."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bench.operator.api import Api
from bench.operator.audit import AuditLog
from bench.operator.cluster import BenchCluster
from bench.operator.meter import Meter
from bench.operator.observer import Observer
from bench.operator.options import Options
from bench.operator.programs import Operator, Router
from bench.operator.results import Results
from bench.router.errors import BenchError

__all__ = ["PATIENCE", "Run"]

PATIENCE: Final = 900.0
"""Seconds after which a phase counts as failed."""
_QUIET_SECONDS: Final = 2.0
_LOOK_SECONDS: Final = 0.1


@dataclass(slots=True)
class Run:
    """One run of the benchmark."""

    options: Options
    cluster: BenchCluster
    router: Router
    folder: Path
    api: Api
    observer: Observer
    audit: AuditLog
    say: Callable[[str], None]
    results: Results = field(default_factory=Results)

    def meter(self, operator: Operator | None) -> Meter:
        """Begin to measure."""
        others = {**self.cluster.processes, "router": self.router.pid}
        return Meter(self.audit, others, None if operator is None else operator.pid)

    async def quiet(self, names: Sequence[str], *, seconds: float = _QUIET_SECONDS) -> None:
        """Wait until no Agent and no Deployment of these names has been written for some seconds.

        Raises:
            BenchError: It never is so.
        """
        observer = self.observer
        before, since = None, time.perf_counter()
        deadline = since + PATIENCE
        while time.perf_counter() - since < seconds:
            if time.perf_counter() > deadline:
                raise BenchError("the operator does not come to rest")
            now = [(observer.agents[name].version, observer.deployments[name].version) for name in names]
            if now != before:
                before, since = now, time.perf_counter()
            await asyncio.sleep(_LOOK_SECONDS)
