import asyncio
from collections.abc import AsyncIterator, Collection
from datetime import datetime, timedelta

import pytest
from typing_extensions import override

from tests.support.router_values import NOON
from vutler_router.domain.breaker_store import KEPT, BreakerRecord, InMemoryBreakerStore
from vutler_router.errors import StorageError, UpstreamBusy, UpstreamError, UpstreamRejected, UpstreamUnavailable
from vutler_router.routing.breaker import Breakers, BreakerState, BreakerView
from vutler_router.services.breaker_sharing import BreakerSharing

AVA = ("openai", "gpt-4o-mini", "ava's key")
BOB = ("openai", "gpt-4o-mini", "bob's key")
DOWN = UpstreamUnavailable("openai failed (503).", provider="openai", upstream_status=503)
REFUSED = UpstreamRejected(
    "openai refused the key.", provider="openai", upstream_status=401, code="provider_key_refused"
)


class Store(InMemoryBreakerStore):
    """A store that can be away or never answer, and counts how often its records are read."""

    def __init__(self) -> None:
        super().__init__()
        self.away = False
        self.hanging = False
        self.reads = 0

    @override
    async def version(self) -> int:
        await self._answer()
        return await super().version()

    @override
    async def records(self) -> AsyncIterator[BreakerRecord]:
        await self._answer()
        self.reads += 1
        async for record in super().records():
            yield record

    @override
    async def put(self, records: Collection[BreakerRecord]) -> None:
        await self._answer()
        await super().put(records)

    async def _answer(self) -> None:
        if self.away:
            raise StorageError("away")
        if self.hanging:
            await asyncio.Event().wait()

    async def kept(self) -> list[BreakerRecord]:
        return [record async for record in self.records()]


class Replica:
    """One router process: its breakers, its clock, what its metrics were told."""

    def __init__(self, store: Store) -> None:
        self.time = NOON
        self.told: list[BreakerView] = []
        self.breakers = Breakers(lambda: self.time, self.told.append)
        self.sharing = BreakerSharing(self.breakers, store, lambda: self.time, interval=0.02)

    async def sync(self, *, compare: bool = False) -> None:
        """Do what the background loop does."""
        await self.sharing.publish()
        await self.sharing.refresh(compare=compare)

    def fail(self, times: int = 3, error: UpstreamError = DOWN) -> None:
        for _ in range(times):
            self.breakers.failed(AVA, error)

    @property
    def state(self) -> BreakerState | None:
        return next((view.state for view in self.breakers if view.key == AVA), None)


def pass_by(span: timedelta, *replicas: Replica) -> None:
    for replica in replicas:
        replica.time += span


def asks(replica: Replica) -> bool:
    """Say whether a request of this replica gets through to the provider."""
    try:
        replica.breakers.admit(AVA)
    except UpstreamError:
        return False
    return True


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def one(store: Store) -> Replica:
    return Replica(store)


@pytest.fixture
def other(store: Store) -> Replica:
    return Replica(store)


SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


async def test_what_one_opens_is_open_for_all_and_looks_the_same(one: Replica, other: Replica) -> None:
    one.fail()
    await one.sync()
    await other.sync()

    assert not asks(other)
    assert list(other.breakers) == list(one.breakers)


async def test_times_are_those_that_every_database_keeps(one: Replica) -> None:
    one.time = NOON + timedelta(microseconds=1999)
    one.fail(3, UpstreamBusy("slow down.", provider="openai", retry_after=20.0005))
    (view,) = one.breakers

    millisecond = timedelta(milliseconds=1)
    assert (view.opened_at, view.reopens_at) == (NOON + millisecond, NOON + 20 * SECOND + 2 * millisecond)


@pytest.mark.parametrize("error", [DOWN, REFUSED, UpstreamBusy("slow down.", provider="openai", retry_after=20)])
async def test_the_refusal_is_the_same_everywhere(one: Replica, other: Replica, error: UpstreamError) -> None:
    one.fail(3, error)
    await one.sync()
    await other.sync()
    refusals = []

    for replica in (one, other):
        with pytest.raises(UpstreamError) as refused:
            replica.breakers.admit(AVA)
        refusals.append((type(refused.value), refused.value.code, refused.value.message, refused.value.retry_after))

    assert refusals[0] == refusals[1]


async def test_failures_that_open_nothing_stay_each_ones_own(one: Replica, other: Replica, store: Store) -> None:
    one.fail(2)
    other.fail(2)
    await one.sync()
    await other.sync()

    assert (one.state, other.state) == (BreakerState.CLOSED, BreakerState.CLOSED)
    assert await store.kept() == []


async def test_what_one_closes_is_closed_for_all(one: Replica, other: Replica) -> None:
    one.fail()
    await one.sync()
    await other.sync()
    other.breakers.succeeded(AVA)
    await other.sync()
    await one.sync()

    assert (one.state, other.state) == (None, None)
    assert asks(one)


async def test_a_closing_elsewhere_leaves_the_count_of_failures_alone(one: Replica, other: Replica) -> None:
    one.fail()
    one.breakers.succeeded(AVA)
    other.fail(2)
    await one.sync()
    await other.sync()

    other.fail(1)

    assert other.state is BreakerState.OPEN


async def test_after_the_reopening_time_each_sends_one_probe(one: Replica, other: Replica) -> None:
    one.fail()
    await one.sync()
    await other.sync()
    pass_by(5 * MINUTE, one, other)

    assert [asks(one), asks(one), asks(other), asks(other)] == [True, False, True, False]


async def test_a_probe_that_fails_keeps_all_away_for_longer(one: Replica, other: Replica) -> None:
    one.fail()
    await one.sync()
    await other.sync()
    pass_by(5 * MINUTE, one, other)
    assert asks(one)
    one.fail(1)
    await one.sync()
    await other.sync()
    pass_by(4 * MINUTE, other)

    assert not asks(other)


async def test_a_probe_on_its_way_still_closes_what_another_opened_again(one: Replica, other: Replica) -> None:
    one.fail()
    await one.sync()
    await other.sync()
    pass_by(5 * MINUTE, one, other)
    assert asks(one)
    assert asks(other)
    one.fail(1)
    await one.sync()
    await other.sync()

    other.breakers.began(AVA)
    await other.sync()
    await one.sync()

    assert (one.state, other.state) == (None, None)


async def test_an_opening_that_was_closed_later_never_comes_back(one: Replica, other: Replica, store: Store) -> None:
    one.fail()
    await one.sync()
    stale = await store.kept()
    await other.sync()
    other.breakers.succeeded(AVA)
    await other.sync()
    await store.put(stale)

    for replica in (one, other):
        await replica.sync(compare=True)

    assert (one.state, other.state) == (None, None)


async def test_a_closing_not_written_yet_is_not_undone_by_what_the_store_still_says(
    one: Replica, other: Replica
) -> None:
    one.fail()
    await one.sync()
    await other.sync()
    other.breakers.succeeded(AVA)
    await other.sharing.refresh(compare=True)

    assert other.state is None


async def test_a_closing_wins_over_the_opening_it_answers_though_its_clock_is_behind(
    one: Replica, other: Replica
) -> None:
    one.time = NOON + 2 * SECOND
    one.fail()
    await one.sync()
    await other.sync()
    other.breakers.succeeded(AVA)
    await other.sync()
    await one.sync()

    assert (one.state, other.state) == (None, None)


async def test_of_two_changes_at_once_all_keep_the_same(one: Replica, other: Replica) -> None:
    one.fail(3, DOWN)
    other.fail(3, REFUSED)
    for replica in (one, other, one):
        await replica.sync()

    assert list(one.breakers) == list(other.breakers)


async def test_a_clock_that_is_hours_ahead_stops_nobody_for_longer_than_an_opening_of_its_own(
    one: Replica, other: Replica
) -> None:
    one.time = NOON + timedelta(hours=6)
    one.fail()
    await one.sync()
    await other.sync()
    pass_by(5 * MINUTE, other)

    assert asks(other)


async def test_a_process_that_starts_knows_what_is_open(one: Replica, store: Store) -> None:
    one.fail()
    await one.sync()
    late = Replica(store)

    async with late.sharing.running():
        assert not asks(late)


async def test_what_others_changed_is_neither_told_nor_written_again(
    one: Replica, other: Replica, store: Store
) -> None:
    one.fail()
    await one.sync()
    await other.sync()
    version = await store.version()
    await other.sync()

    assert other.told == []
    assert await store.version() == version


async def test_records_are_not_read_while_nothing_changes(one: Replica, store: Store) -> None:
    one.fail()
    for _ in range(5):
        await one.sync()

    assert store.reads == 1


async def test_what_nobody_needs_any_more_is_forgotten_everywhere(one: Replica, other: Replica, store: Store) -> None:
    one.fail()
    one.breakers.failed(BOB, DOWN)
    await one.sync()
    await other.sync()
    pass_by(5 * MINUTE + KEPT + SECOND, one, other)
    for replica in (one, other):
        await replica.sync(compare=True)

    assert await store.kept() == []
    assert list(other.breakers) == []
    assert [view.key for view in one.breakers] == [BOB]


async def test_a_record_that_expired_is_not_taken_over(one: Replica, other: Replica) -> None:
    one.fail()
    await one.sync()
    pass_by(5 * MINUTE + KEPT + SECOND, other)
    await other.sync()

    assert list(other.breakers) == []


async def test_an_outage_changes_nothing_here_and_is_made_up_for(one: Replica, other: Replica, store: Store) -> None:
    async with one.sharing.running(), other.sharing.running():
        store.away = True
        one.fail()
        await asyncio.sleep(0.15)
        during = (one.state, other.state)
        store.away = False
        await asyncio.sleep(0.15)

        assert during == (BreakerState.OPEN, None)
        assert other.state is BreakerState.OPEN


async def test_changes_are_shared_by_themselves(one: Replica, other: Replica) -> None:
    async with one.sharing.running(), other.sharing.running():
        one.fail()
        await asyncio.sleep(0.2)
        opened = other.state
        other.breakers.succeeded(AVA)
        await asyncio.sleep(0.2)

    assert (opened, one.state) == (BreakerState.OPEN, None)


async def test_what_changed_last_is_written_at_the_end(one: Replica, store: Store) -> None:
    async with one.sharing.running():
        one.fail()

    assert [record.key for record in await store.kept()] == [AVA]


async def test_many_changes_are_written_all_the_same(one: Replica, store: Store) -> None:
    async with one.sharing.running():
        for number in range(250):
            for _ in range(3):
                one.breakers.failed(("openai", "gpt-4o-mini", str(number)), DOWN)
        await asyncio.sleep(0.3)
        by_itself = len(await store.kept())

    assert by_itself == 250


async def test_an_end_during_an_outage_does_not_wait_for_it(one: Replica, store: Store) -> None:
    async with one.sharing.running():
        store.away = True
        one.fail()

    store.away = False
    assert await store.kept() == []


async def test_an_opening_that_waited_too_long_is_not_written(one: Replica, store: Store) -> None:
    one.fail()
    pass_by(5 * MINUTE + KEPT, one)
    await one.sync()

    assert await store.kept() == []


async def test_a_store_that_hangs_holds_up_neither_requests_nor_the_end(one: Replica, store: Store) -> None:
    clock = asyncio.get_running_loop().time
    async with one.sharing.running():
        store.hanging = True
        one.fail()
        await asyncio.sleep(0.1)
        began = clock()
        one.breakers.succeeded(AVA)
        one.fail()
        during = clock() - began

    assert (one.state, during < 0.05, clock() - began < 3) == (BreakerState.OPEN, True, True)


async def test_a_store_that_does_not_answer_at_the_start_stops_it(one: Replica, store: Store) -> None:
    store.away = True
    with pytest.raises(StorageError):
        async with one.sharing.running():
            pass


def test_a_record_holds_what_people_see_and_no_more(one: Replica) -> None:
    one.fail(3, REFUSED)
    (record,) = one.sharing._unwritten.values()

    assert {name: getattr(record, name) for name in record.__slots__} == {
        "provider": "openai",
        "model": "gpt-4o-mini",
        "credential": "ava's key",
        "changed_at": NOON,
        "failures": 3,
        "reason": "openai refused the key.",
        "code": "provider_key_refused",
        "kind": "permanent",
        "opened_at": datetime(2026, 11, 18, 12, 0, tzinfo=NOON.tzinfo),
        "reopens_at": NOON + 5 * MINUTE,
    }
