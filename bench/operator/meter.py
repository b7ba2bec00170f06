"""What a phase costs: processor time of every process, the operator's requests and memory."""

import time
from collections.abc import Mapping

from bench.operator.audit import AuditLog
from bench.operator.results import Cost
from bench.router.processes import cpu_seconds, peak_megabytes, resident_megabytes

__all__ = ["Meter"]

_OPERATOR = "operator"


class Meter:
    """Measures from its making on until it is read."""

    def __init__(self, audit: AuditLog, others: Mapping[str, int], operator: int | None) -> None:
        self._audit = audit
        self._others = others
        audit.take()
        self._since = time.perf_counter()
        self._used = self._cpu(operator)

    def read(self, operator: int) -> Cost:
        """Return what it took; an operator that was not there at the begin counts from its start."""
        used, seconds, requests = self._cpu(operator), time.perf_counter() - self._since, self._audit.take()
        return Cost(
            seconds=seconds,
            cpu={name: taken - self._used.get(name, 0.0) for name, taken in used.items()},
            writes=requests.by_resource(),
            refused=requests.refused(),
            reads=requests.reads(),
            leases=requests.leases(),
            resident=resident_megabytes(operator),
            peak=peak_megabytes(operator),
        )

    def _cpu(self, operator: int | None) -> dict[str, float]:
        processes = {**self._others, **({} if operator is None else {_OPERATOR: operator})}
        return {name: cpu_seconds(pid) for name, pid in processes.items()}
