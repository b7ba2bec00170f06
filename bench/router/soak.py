"""A constant moderate load for a long time, to see whether memory grows."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from bench.router.client import Connection, Request
from bench.router.errors import BenchError
from bench.router.figures import slope
from bench.router.processes import resident_megabytes
from bench.router.targets import Target
from bench.router.workload import Kind, build_request

__all__ = ["Soak", "soak"]

_PER_SECOND: Final = 300
_MIX: Final = (Kind.JSON, Kind.JSON, Kind.STREAM)
_CONNECTIONS: Final = 64
_TICK_SECONDS: Final = 0.01
_SAMPLE_SECONDS: Final = 10.0
_LAST_ANSWERS_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class Soak:
    """What memory did meanwhile.

    Attributes:
        seconds: How long it took.
        answers: How many, each of them checked.
        samples: Seconds since the start, and resident megabytes (10^6 bytes).
    """

    seconds: float
    answers: int
    samples: Sequence[tuple[float, float]]

    @property
    def most(self) -> float:
        """The highest sample."""
        return max(megabytes for _, megabytes in self.samples)

    @property
    def megabytes_per_minute(self) -> float:
        """The rise over the second half: the first holds caches that fill once."""
        return slope(self.samples[len(self.samples) // 2 :]) * 60


class _Pool:
    """Connections that wait for their turn."""

    def __init__(self, requests: Sequence[Request]) -> None:
        self._requests = requests
        self._idle: list[Connection] = []
        self._all: list[Connection] = []
        self.asked = 0
        self.answers = 0
        self.error: Exception | None = None

    async def open(self) -> None:
        """Connect."""
        loop = asyncio.get_running_loop()
        host, port = self._requests[0].host, self._requests[0].port
        for _ in range(_CONNECTIONS):
            _, connection = await loop.create_connection(lambda: Connection(self._answered, self._failed), host, port)
            self._all.append(connection)
        self._idle = list(self._all)

    def ask(self, wanted: int) -> None:
        """Ask until so many were asked altogether, as far as there are idle connections."""
        while self.asked < wanted and self._idle:
            self._idle.pop(0).ask(self._requests[self.asked % len(self._requests)])
            self.asked += 1

    @property
    def busy(self) -> bool:
        """Whether an answer is still to come."""
        return self.answers < self.asked

    def close(self) -> None:
        """Hang up."""
        for connection in self._all:
            connection.close()

    def _answered(self, connection: Connection, _first: float, _whole: float) -> None:
        self.answers += 1
        self._idle.append(connection)

    def _failed(self, error: Exception) -> None:
        self.error = self.error or error


async def soak(target: Target, seconds: float, say: Callable[[str], None]) -> Soak:
    """Load a target for so long and sample its memory.

    Raises:
        BenchError: An answer was wrong, or the last ones did not come.
    """
    pool = _Pool([build_request(kind, target.address) for kind in _MIX])
    samples: list[tuple[float, float]] = []
    try:
        await pool.open()
        start = time.perf_counter()
        while (now := time.perf_counter() - start) < seconds or pool.busy:
            if pool.error is not None or now > seconds + _LAST_ANSWERS_SECONDS:
                raise BenchError(f"{target.name}, after {now:.0f} s of soaking: {pool.error or 'answers are missing'}")
            if now >= _SAMPLE_SECONDS * len(samples):
                samples.append((now, resident_megabytes(target.pid)))
                say(f"soaking: {now:.0f} of {seconds:.0f} s, {pool.answers} answers, {samples[-1][1]:.1f} MB")
            pool.ask(int(min(now, seconds) * _PER_SECOND))
            await asyncio.sleep(_TICK_SECONDS)
        samples.append((now, resident_megabytes(target.pid)))
        return Soak(now, pool.answers, samples)
    finally:
        pool.close()
