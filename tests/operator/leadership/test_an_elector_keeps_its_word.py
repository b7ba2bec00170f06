import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest
from typing_extensions import override

from vutler_operator.errors import ClusterError, Conflict, Forbidden, LeadershipLost, NotFound
from vutler_operator.leadership import Candidate, Election, Elector, Terms
from vutler_operator.resources.lease import Lease
from vutler_operator.settings import SettingsError

TERMS = Terms(lease_seconds=15, renew_seconds=10, retry_seconds=0.02, look_seconds=0.01)


@dataclass
class Clock:
    """A clock that a test sets."""

    time: float = 0.0

    def __call__(self) -> float:
        return self.time


@dataclass
class MemoryRecord:
    """A Lease in memory, with what goes wrong next."""

    lease: Lease | None = None
    refuse: ClusterError | None = None
    lose_answer: bool = False
    writes: list[Lease] = field(default_factory=list)

    async def read(self) -> Lease | None:
        if isinstance(self.refuse, Forbidden):
            raise self.refuse
        return self.lease

    async def write(self, lease: Lease) -> Lease:
        if self.refuse is not None:
            raise self.refuse
        if lease.version != (self.lease.version if self.lease else ""):
            raise Conflict("changed", 409)
        self.writes.append(lease)
        self.lease = replace(lease, version=str(len(self.writes)))
        if self.lose_answer:
            raise ClusterError("no answer")
        return self.lease


def elector(record: MemoryRecord, clock: Clock, pod: str, process: str = "1") -> Elector:
    election = Election(Candidate(f"{pod}_{process}", lambda holder: holder.startswith(f"{pod}_")), TERMS)
    return Elector(record, election, TERMS, clock, lambda: datetime(2026, 11, 1, tzinfo=UTC))


def nothing() -> None:
    """Take no notice of standing by."""


async def test_a_lease_that_nobody_holds_is_taken_at_once() -> None:
    record, clock = MemoryRecord(), Clock()
    first = elector(record, clock, "a")
    with pytest.raises(LeadershipLost):
        first.check()

    async with asyncio.timeout(1):
        await first.acquire(nothing)

    first.check()
    assert record.writes == [Lease("a_1", 15, "2026-11-01T00:00:00.000000Z", "2026-11-01T00:00:00.000000Z", 0)]


async def test_a_standby_is_told_once_and_takes_what_is_released() -> None:
    record, clock, told = MemoryRecord(), Clock(), list[int]()
    first, second = elector(record, clock, "a"), elector(record, clock, "b")
    await first.acquire(nothing)
    waiting = asyncio.create_task(second.acquire(lambda: told.append(1)))
    await asyncio.sleep(0.1)
    assert not waiting.done()

    await first.release()

    async with asyncio.timeout(1):
        await waiting
    assert told == [1]
    assert (first.leads(), second.leads()) == (False, True)
    assert [(lease.holder, lease.transitions) for lease in record.writes] == [("a_1", 0), ("", 0), ("b_1", 1)]


async def test_the_next_container_of_a_pod_goes_on_at_once() -> None:
    record, clock = MemoryRecord(), Clock()
    await elector(record, clock, "a").acquire(nothing)

    async with asyncio.timeout(1):
        await elector(record, clock, "a", process="2").acquire(nothing)

    assert record.writes[-1].holder == "a_2"


async def test_a_holder_renews_and_nothing_else() -> None:
    record, clock = MemoryRecord(), Clock()
    first = elector(record, clock, "a")
    await first.acquire(nothing)
    holding = asyncio.create_task(first.hold())
    while len(record.writes) < 4:
        await asyncio.sleep(0.01)
        clock.time += 1

    assert not holding.done()
    assert first.leads()
    assert {lease.holder for lease in record.writes} == {"a_1"}
    holding.cancel()


async def test_time_that_passed_unnoticed_stops_every_write() -> None:
    record, clock = MemoryRecord(), Clock()
    first = elector(record, clock, "a")
    await first.acquire(nothing)

    clock.time = 9.99
    first.check()
    clock.time = 10.0

    with pytest.raises(LeadershipLost, match="another operator may act by now"):
        first.check()
    with pytest.raises(LeadershipLost):
        await first.hold()
    assert len(record.writes) == 1


async def test_a_term_counts_from_when_its_renewal_was_sent() -> None:
    clock = Clock()

    class Slow(MemoryRecord):
        @override
        async def write(self, lease: Lease) -> Lease:
            clock.time += 7
            return await super().write(lease)

    first = elector(Slow(), clock, "a")
    await first.acquire(nothing)

    clock.time = 10.0

    assert not first.leads()


async def test_a_holder_that_finds_another_ends() -> None:
    record, clock = MemoryRecord(), Clock()
    first = elector(record, clock, "a")
    await first.acquire(nothing)
    record.lease = Lease("b_1", 15, "", "", 1, version="99")

    async with asyncio.timeout(1):
        with pytest.raises(LeadershipLost):
            await first.hold()

    await first.release()
    assert record.lease.holder == "b_1"


async def test_a_holder_is_not_moved_by_an_api_server_that_is_away_for_a_while() -> None:
    record, clock = MemoryRecord(), Clock()
    first = elector(record, clock, "a")
    await first.acquire(nothing)
    record.refuse = ClusterError("away")
    holding = asyncio.create_task(first.hold())
    await asyncio.sleep(0.1)
    assert not holding.done()

    clock.time = 10.0

    async with asyncio.timeout(1):
        with pytest.raises(LeadershipLost):
            await holding


async def test_a_lease_whose_last_answer_was_lost_is_released_all_the_same() -> None:
    record, clock = MemoryRecord(), Clock()
    first = elector(record, clock, "a")
    await first.acquire(nothing)
    record.lose_answer = True
    holding = asyncio.create_task(first.hold())
    await asyncio.sleep(0.1)
    holding.cancel()
    assert len(record.writes) > 2
    record.lose_answer = False

    await first.release()

    assert record.lease is not None
    assert record.lease.holder == ""


async def test_a_standby_that_never_led_writes_nothing_at_its_end() -> None:
    record, clock = MemoryRecord(), Clock()
    await elector(record, clock, "a").acquire(nothing)

    await elector(record, clock, "b").release()

    assert [lease.holder for lease in record.writes] == ["a_1"]


@pytest.mark.parametrize(
    ("refusal", "error", "says"),
    [
        (NotFound("namespaces x not found", 404), SettingsError, "^OPERATOR_NAMESPACE: .* create it or name another"),
        (Forbidden("no", 403), Forbidden, "needs get, create and patch on leases in OPERATOR_NAMESPACE"),
    ],
)
async def test_what_cannot_heal_names_the_remedy(refusal: ClusterError, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        await elector(MemoryRecord(refuse=refusal), Clock(), "a").acquire(nothing)
