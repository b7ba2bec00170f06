import asyncio
from collections.abc import AsyncIterator

import pytest
from typing_extensions import override

from tests.support.router_values import make_entry
from vutler_router.errors import NotReady, StorageError
from vutler_router.metering.batches import Batch
from vutler_router.metering.journal import MemoryJournal
from vutler_router.metering.ledger import Entry
from vutler_router.metering.leftovers import bring_in
from vutler_router.metering.writer import LedgerWriter


class MemoryLedgerStore:
    """Keeps batches in a list, and can be away."""

    def __init__(self) -> None:
        self.attempts: asyncio.Queue[Batch] = asyncio.Queue()
        self.kept: list[Batch] = []
        self.reachable = asyncio.Event()
        self.reachable.set()

    async def append(self, batch: Batch) -> None:
        self.attempts.put_nowait(batch)
        if not self.reachable.is_set():
            raise StorageError("away")
        self.kept.append(batch)

    @property
    def ids(self) -> list[str]:
        return [entry.request_id for batch in self.kept for entry in batch.entries]


@pytest.fixture
def store() -> MemoryLedgerStore:
    return MemoryLedgerStore()


@pytest.fixture
async def writer(store: MemoryLedgerStore) -> AsyncIterator[LedgerWriter]:
    writer = LedgerWriter(MemoryJournal("run-1"), store, capacity=20)
    writer.start()
    yield writer
    store.reachable.set()
    await writer.aclose()


async def test_rows_that_come_together_are_one_batch(store: MemoryLedgerStore, writer: LedgerWriter) -> None:
    for number in range(10):
        await writer.record(make_entry(f"r{number}"))
    await writer.flush()

    assert [len(batch.entries) for batch in store.kept] == [10]
    assert writer.waiting == 0


async def test_a_row_is_written_well_within_two_seconds(store: MemoryLedgerStore, writer: LedgerWriter) -> None:
    await writer.record(make_entry("r"))

    async with asyncio.timeout(1):
        await store.attempts.get()

    assert store.ids == ["r"]


async def test_batches_are_numbered_in_order(store: MemoryLedgerStore, writer: LedgerWriter) -> None:
    for number in range(3):
        await writer.record(make_entry(f"r{number}"))
        await writer.flush()

    assert [(batch.writer, batch.number) for batch in store.kept] == [("run-1", 1), ("run-1", 2), ("run-1", 3)]


async def test_a_request_id_is_in_a_batch_once(store: MemoryLedgerStore, writer: LedgerWriter) -> None:
    for request_id in ("a", "b", "a"):
        await writer.record(make_entry(request_id))
    await writer.flush()

    assert sorted(store.ids) == ["a", "b"]


async def test_an_outage_repeats_the_same_batch_and_loses_nothing(
    store: MemoryLedgerStore, writer: LedgerWriter
) -> None:
    store.reachable.clear()
    await writer.record(make_entry("a"))
    async with asyncio.timeout(5):
        attempts = [await store.attempts.get() for _ in range(3)]
    await writer.record(make_entry("b"))
    store.reachable.set()
    await writer.flush()

    assert len(set(attempts)) == 1
    assert store.ids == ["a", "b"]


async def test_requests_are_refused_while_too_many_rows_wait(store: MemoryLedgerStore, writer: LedgerWriter) -> None:
    store.reachable.clear()
    await record_many(writer, 19)
    writer.check_room()
    await writer.record(make_entry("one more"))

    with pytest.raises(NotReady, match="too many wait"):
        writer.check_room()

    store.reachable.set()
    await writer.flush()
    writer.check_room()
    assert len(store.ids) == 20


async def test_what_answers_left_behind_is_recorded_though_there_is_no_room(
    store: MemoryLedgerStore, writer: LedgerWriter
) -> None:
    store.reachable.clear()
    await record_many(writer, 50)
    store.reachable.set()
    await writer.flush()

    assert len(store.ids) == 50


async def test_closing_writes_what_waits_and_takes_nothing_more(store: MemoryLedgerStore, writer: LedgerWriter) -> None:
    await record_many(writer, 15)
    await writer.aclose()

    assert len(store.ids) == 15
    with pytest.raises(NotReady):
        await writer.record(make_entry("late"))


async def test_a_fault_of_the_store_is_not_met_with_silence() -> None:
    class Faulty(MemoryLedgerStore):
        @override
        async def append(self, batch: Batch) -> None:
            raise ZeroDivisionError

    writer = LedgerWriter(MemoryJournal("run-1"), Faulty())
    writer.start()
    await writer.record(make_entry("a"))
    await asyncio.sleep(0.2)

    with pytest.raises(NotReady):
        await writer.record(make_entry("b"))
    with pytest.raises(ZeroDivisionError):
        await writer.aclose()


async def record_many(writer: LedgerWriter, count: int) -> None:
    for number in range(count):
        await writer.record(make_entry(f"many-{number}"))


async def test_a_row_is_kept_though_its_caller_leaves_before_it_is_safe(store: MemoryLedgerStore) -> None:
    class SlowJournal(MemoryJournal):
        @override
        def add(self, entry: Entry) -> "asyncio.Future[None]":
            super().add(entry)
            return asyncio.get_running_loop().create_future()

    writer = LedgerWriter(SlowJournal("run-1"), store)
    writer.start()
    waiting = asyncio.create_task(writer.record(make_entry("left")))
    await asyncio.sleep(0)
    waiting.cancel()
    await writer.flush()

    assert store.ids == ["left"]
    await writer.aclose()


async def test_rows_of_ended_processes_are_brought_in_and_their_journals_deleted(store: MemoryLedgerStore) -> None:
    journals = [Abandoned("ended-1"), Abandoned("ended-2")]
    for number, journal in enumerate(journals):
        journal.add(make_entry(f"r{number}"))
    told: list[str] = []

    await bring_in(journals, store, lambda rows: told.extend(row.request_id for row in rows))

    assert store.ids == told == ["r0", "r1"]
    assert [batch.writer for batch in store.kept] == ["ended-1", "ended-2"]
    assert [journal.ending for journal in journals] == ["discarded", "discarded"]


async def test_bringing_in_that_is_cut_short_keeps_what_is_left(store: MemoryLedgerStore) -> None:
    store.reachable.clear()
    journal = Abandoned("ended-1")
    journal.add(make_entry("r"))
    bringing = asyncio.create_task(bring_in([journal], store, lambda _: None))
    await store.attempts.get()

    bringing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await bringing

    assert (journal.ending, journal.waiting) == ("closed", 1)


class Abandoned(MemoryJournal):
    ending = ""

    async def discard(self) -> None:
        self.ending = "discarded"

    @override
    async def aclose(self) -> None:
        self.ending = "closed"
