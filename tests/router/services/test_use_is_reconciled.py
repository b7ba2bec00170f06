from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest
from typing_extensions import override

from tests.support.raw_ledger import RawLedger, raw_ledger
from tests.support.router_values import NOON, make_entry
from vutler_router.domain.money import Nanos
from vutler_router.domain.plans import PlanTerms
from vutler_router.metering.audit import DayLine, WriterLine
from vutler_router.metering.batches import Batch
from vutler_router.services.differences import Difference, Outcome, table
from vutler_router.services.reconciling import Reconciliation, Reconciling
from vutler_router.settings import Settings
from vutler_router.storage import Storage
from vutler_router.storage.sqlite import open_sqlite
from vutler_router.storage.sqlite.audit import SqliteLedgerAudit
from vutler_router.storage.sqlite.ledger import SqliteLedgerStore

TODAY = NOON.date()
TERMS = PlanTerms(included_tokens=100, overage_per_million=Nanos(2_000_000_000))
ROWS = tuple(make_entry(f"r{number}", tier="economy", terms=TERMS) for number in range(3))
TOTAL = "day total", "2026-11-18", "team-a.ava openai/gpt-4o-mini economy chat"


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[Storage]:
    opened = await open_sqlite(tmp_path / "vutler.db")
    await opened.ledger.append(Batch("w", 1, ROWS, answered=3))
    yield opened
    await opened.aclose()


@pytest.fixture
async def raw(tmp_path: Path) -> AsyncIterator[RawLedger]:
    async with raw_ledger(Settings(data_dir=tmp_path)) as opened:
        yield opened


class Pause:
    """Counts how often it was waited, and lets something happen meanwhile."""

    def __init__(self, meanwhile: Callable[[], Awaitable[None]] | None = None) -> None:
        self.times = 0
        self._meanwhile = meanwhile

    async def __call__(self) -> None:
        self.times += 1
        if self._meanwhile is not None:
            await self._meanwhile()


async def reconcile(storage: Storage, pause: Pause | None = None, *, repair: bool = False) -> Reconciliation:
    reconciling = Reconciling(storage.audit, pause or Pause(), lambda _: None)
    return await reconciling.run(TODAY - timedelta(days=34), TODAY, repair=repair)


async def test_a_ledger_that_agrees_is_looked_at_once(storage: Storage) -> None:
    pause = Pause()

    found = await reconcile(storage, pause)

    assert str(found) == "1 days, 1 day totals, 1 months of agents, 1 writers: 0 differences, 0 mended, 0 left"
    assert pause.times == 0


async def test_differences_are_told_and_nothing_is_changed(storage: Storage, raw: RawLedger) -> None:
    await raw.change("usage_daily", requests=5, tokens_input=1)
    await raw.change("usage_monthly", tokens=9)
    await raw.change("ledger_writers", answered=10)

    found = await reconcile(storage)

    assert found.differences == (
        Difference(*TOTAL, (("requests", 3, 5), ("tokens_input", 300, 1))),
        Difference("month", "2026-11", "team-a.ava", (("plan_tokens", 360, 9),)),
        Difference("writer", "", "w", (("answers counted", 3, 10),)),
    )
    assert found.left == 3
    assert [row["requests"] for row in await raw.rows("usage_daily")] == [5]


async def test_what_differs_only_for_a_moment_is_no_difference(storage: Storage, raw: RawLedger) -> None:
    await raw.change("usage_daily", requests=5)
    await raw.change("usage_monthly", tokens=9)
    await raw.change("ledger_writers", answered=10)

    async def written() -> None:
        await raw.change("usage_daily", requests=3)
        await raw.change("usage_monthly", tokens=360)
        await raw.change("ledger_writers", answered=3)

    found = await reconcile(storage, Pause(written), repair=True)

    assert (found.differences, found.left) == ((), 0)


async def test_totals_are_mended_by_their_rows_and_lost_rows_are_not(storage: Storage, raw: RawLedger) -> None:
    await raw.change("usage_daily", requests=5)
    await raw.empty("usage_monthly")
    await raw.empty("managed_overage")
    await raw.change("ledger_writers", answered=10)

    found = await reconcile(storage, repair=True)
    again = await reconcile(storage)

    assert [(one.what, one.outcome) for one in found.differences] == [
        ("day total", Outcome.MENDED),
        ("month", Outcome.MENDED),
        ("writer", Outcome.LEFT),
    ]
    assert found.left == 1
    assert [one.what for one in again.differences] == ["writer"]


class AuditOfABusyRouter(SqliteLedgerAudit):
    """A router writes to the same total right before it is replaced."""

    busy: Callable[[], Awaitable[None]]

    @override
    async def mend_day(self, line: DayLine) -> bool:
        await self.busy()
        return await super().mend_day(line)


async def test_a_total_that_a_router_changes_meanwhile_is_left_to_another_run(storage: Storage, raw: RawLedger) -> None:
    ledger = storage.ledger
    assert isinstance(ledger, SqliteLedgerStore)
    audit = AuditOfABusyRouter(ledger._database)
    later = Batch("w", 2, (make_entry("late", tier="economy", terms=TERMS),), answered=4)
    audit.busy = lambda: ledger.append(later)
    await raw.change("usage_daily", requests=5)

    found = await Reconciling(audit, Pause(), lambda _: None).run(TODAY, TODAY, repair=True)

    assert [one.outcome for one in found.differences] == [Outcome.MOVED]
    assert found.left == 1
    assert (await reconcile(storage, repair=True)).left == 0
    assert (await reconcile(storage)).differences == ()


class AuditOfAStoppedRouter(SqliteLedgerAudit):
    """A writer stopped in the middle of a batch."""

    finished: list[str]
    begun = 2

    @override
    async def writer_lines(self) -> list[WriterLine]:
        return [WriterLine("w", answered=3, counted=3, found=3, begun=self.begun)]

    @override
    async def finish(self, line: WriterLine) -> bool:
        self.finished.append(f"{line.writer}/{line.begun}")
        return True


async def test_a_batch_that_was_begun_and_not_done_is_finished(storage: Storage) -> None:
    ledger = storage.ledger
    assert isinstance(ledger, SqliteLedgerStore)
    audit = AuditOfAStoppedRouter(ledger._database)
    audit.finished = []
    told = await Reconciling(audit, Pause(), lambda _: None).run(TODAY, TODAY, repair=False)

    found = await Reconciling(audit, Pause(), lambda _: None).run(TODAY, TODAY, repair=True)

    assert told.differences == (Difference("writer", "", "w", (("batch not done", 0, 2),)),)
    assert (audit.finished, found.left) == (["w/2"], 0)


async def test_a_batch_under_way_is_no_difference(storage: Storage) -> None:
    ledger = storage.ledger
    assert isinstance(ledger, SqliteLedgerStore)
    audit = AuditOfAStoppedRouter(ledger._database)
    audit.finished = []

    async def next_batch() -> None:
        audit.begun = 3

    found = await Reconciling(audit, Pause(next_batch), lambda _: None).run(TODAY, TODAY, repair=True)

    assert (found.differences, audit.finished) == ((), [])


def test_differences_are_shown_in_columns() -> None:
    differences = [
        Difference(*TOTAL, (("requests", 12, 11), ("tokens_input", 1_200, 1_100)), Outcome.MENDED),
        Difference("writer", "", "w", (("rows brought", 3, 4),)),
    ]

    assert table(differences).splitlines() == [
        "WHAT       WHEN        WHOSE                                       FIGURE        ROWS  KEPT",
        "day total  2026-11-18  team-a.ava openai/gpt-4o-mini economy chat  requests      12    11    mended",
        "day total  2026-11-18  team-a.ava openai/gpt-4o-mini economy chat  tokens_input  1200  1100  mended",
        "writer                 w                                           rows brought  3     4",
    ]


def test_thousands_of_differences_are_not_all_shown() -> None:
    many = [Difference("writer", "", f"w{number}", (("rows brought", 1, 2),)) for number in range(1_000)]

    lines = table(many).splitlines()

    assert len(lines) == 202
    assert lines[-1] == "… and 800 figures more"
