"""`python -m bench.ledger`: how long a row takes to be safe on disk, and how long a full journal takes to come back."""

import asyncio
import os
import platform
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import uvloop

from bench.router.figures import quantile
from vutler_router.domain.usage import TokenCounts
from vutler_router.metering.ledger import Entry
from vutler_router.storage import Storage
from vutler_router.storage.journal import Spool, open_spools
from vutler_router.storage.sqlite import open_sqlite

_CALLERS: Final = (1, 32, 128)
_ROWS: Final = 10_000
_LEFT_BEHIND: Final = 200_000
_MILLI: Final = 1_000


def main() -> int:
    """Measure and print."""
    processor = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    sys.stdout.write(f"Usage journal and ledger: {processor}, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC\n\n")
    with tempfile.TemporaryDirectory(prefix="vutler-ledger-", dir=Path.cwd()) as folder:
        uvloop.run(_measure(Path(folder)))
    return 0


async def _measure(folder: Path) -> None:
    sys.stdout.write("rows at once   safe after p50      p99        rows/s\n")
    for callers in _CALLERS:
        journal, _ = await open_spools(folder / f"safe-{callers}", lambda: 0)
        begun = time.perf_counter()
        waits = await _add_from(journal, callers, _ROWS)
        rate = _ROWS / (time.perf_counter() - begun)
        await journal.aclose()
        _line(f"{callers:>12}   {quantile(waits, 50):>10.2f} ms {quantile(waits, 99):>8.2f} ms {rate:>12,.0f}")
    await _bring_in(folder)


async def _add_from(journal: Spool, callers: int, rows: int) -> list[float]:
    """Add rows from several callers at once; return how long each waited, in milliseconds."""
    waits: list[float] = []

    async def call(first: int) -> None:
        for number in range(first, rows, callers):
            begun = time.perf_counter()
            await journal.add(_row(number))
            waits.append((time.perf_counter() - begun) * _MILLI)

    await asyncio.gather(*(call(first) for first in range(callers)))
    return waits


async def _bring_in(folder: Path) -> None:
    """Leave rows behind as an outage would, start again, and bring them into SQLite."""
    journal, _ = await open_spools(folder / "left", lambda: 0)
    await asyncio.gather(*(journal.add(_row(number)) for number in range(_LEFT_BEHIND)))
    await journal.aclose()
    size = sum(path.stat().st_size for path in (folder / "left").rglob("*")) / (1 << 20)
    begun = time.perf_counter()
    journal, _ = await open_spools(folder / "left", lambda: 0)
    _line(f"\n{_LEFT_BEHIND:,} rows left behind, {size:.0f} MB: found again in {time.perf_counter() - begun:.2f} s")
    storage = await open_sqlite(folder / "ledger.db")
    begun = time.perf_counter()
    await _drain(journal, storage)
    seconds = time.perf_counter() - begun
    _line(f"brought into SQLite in {seconds:.1f} s, {_LEFT_BEHIND / seconds:,.0f} rows/s")
    await journal.aclose()
    await storage.aclose()


async def _drain(journal: Spool, storage: Storage) -> None:
    while (batch := await journal.oldest()) is not None:
        await storage.ledger.append(batch)
        journal.acknowledge(batch)


def _row(number: int) -> Entry:
    return Entry(
        request_id=f"req_{number:012x}00000000000000000000",
        agent_id=f"team-{number % 4}.agent-{number % 20}",
        workspace_id=f"team-{number % 4}",
        provider="openai",
        model="gpt-4o-mini",
        tokens=TokenCounts(input=500 + number % 100, output=100),
        timestamp=datetime(2026, 11, 26, 12, tzinfo=UTC),
        cost_input=75_000,
        cost_output=60_000,
        latency_ms=900,
    )


def _line(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
