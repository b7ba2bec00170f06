import asyncio
from collections.abc import AsyncIterator

import pytest
from typing_extensions import override

from tests.support.router_values import make_entry
from vutler_router.errors import NotReady, StorageError
from vutler_router.metering.batches import Batch
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
    writer = LedgerWriter(store, writer_id="run-1", capacity=20)
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


async def test_a_full_queue_makes_requests_wait_and_never_drops_a_row(
    store: MemoryLedgerStore, writer: LedgerWriter
) -> None:
    store.reachable.clear()
    recording = asyncio.create_task(record_many(writer, 50))
    async with asyncio.timeout(5):
        await store.attempts.get()
    assert not recording.done()

    store.reachable.set()
    await recording
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

    writer = LedgerWriter(Faulty(), writer_id="run-1")
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


async def test_a_row_that_waits_for_room_is_kept_though_its_caller_leaves(
    store: MemoryLedgerStore, writer: LedgerWriter
) -> None:
    store.reachable.clear()
    for number in range(20 + 20):
        waiting = asyncio.create_task(writer.record(make_entry(f"r{number}")))
        await asyncio.sleep(0)
        waiting.cancel()  # does nothing to those that found room
    await store.attempts.get()
    store.reachable.set()
    await writer.flush()

    assert sorted(store.ids) == sorted(f"r{number}" for number in range(40))
