import asyncio
import time

from tests.router.services.limiting.gates import Gates, agent, until
from vutler_router.domain.limits import OnExceeded
from vutler_router.fairuse.months import Spent

LIMITED = agent(requests_per_minute=10, concurrency=5)


async def test_a_database_that_refuses_leaves_the_decision_to_what_is_known_here(gates: Gates) -> None:
    async with gates.running() as gate:
        first = await gates.ask(gate, LIMITED, 2)
        gates.store.away = True
        begun = time.monotonic()
        meanwhile = [len(await gates.ask(gate, LIMITED)) for _ in range(5)]
        waited = time.monotonic() - begun
        for hold in first:
            hold.settle(1, 1)
        again = await gates.ask(gate, LIMITED, 5)
        gates.store.away = False
        await until(lambda: gates.store.use.minute.requests == 7)

    assert (meanwhile, len(again)) == ([1, 1, 1, 0, 0], 2)
    assert waited < 0.5
    assert gates.store.use.month.spent == Spent(2, 0, 2)
    assert gates.store.use.reserved.requests == 5


async def test_a_database_that_hangs_makes_only_the_first_wait_and_not_long(gates: Gates) -> None:
    async with gates.running() as gate:
        gates.store.free.clear()
        waits = []
        for _ in range(4):
            begun = time.monotonic()
            assert await gates.ask(gate, LIMITED)
            waits.append(time.monotonic() - begun)
        gates.store.free.set()
        await until(lambda: gates.store.use.reserved.requests == 4)
        answered_again = time.monotonic()
        await gates.ask(gate, LIMITED)
        waits.append(time.monotonic() - answered_again)

    assert 0.15 < waits[0] < 0.4
    assert max(waits[1:]) < 0.1
    assert gates.store.use.minute.requests == 5


async def test_what_a_write_did_that_nobody_confirmed_is_not_counted_twice(gates: Gates) -> None:
    limited = agent(monthly_tokens=1_000, on_exceeded=OnExceeded.BLOCK)
    async with gates.running() as gate:
        (hold,) = await gates.ask(gate, limited)
        gates.store.mute = True
        hold.settle(7, 7)
        await until(lambda: gates.store.use.month.spent.tokens == 7)
        (more,) = await gates.ask(gate, limited)
        more.settle(3, 3)
        gates.store.mute = False
        await until(lambda: gates.store.use.month.spent.tokens == 10)

    assert gates.store.use.month.spent == Spent(10, 0, 10)
    assert gates.store.use.minute.requests == 2


async def test_what_other_processes_did_meanwhile_is_seen_afterwards(gates: Gates) -> None:
    async with gates.running() as cut_off, gates.running() as other:
        await gates.ask(cut_off, LIMITED, 1)
        gates.store.away = True
        alone = await gates.ask(cut_off, LIMITED, 3)
        gates.store.away = False
        theirs = await gates.ask(other, LIMITED, 5)
        await until(lambda: gates.store.use.minute.requests == 1 + len(alone) + len(theirs))
        for hold in (*alone, *theirs):
            hold.settle(0, 0)
        await until(lambda: gates.store.use.reserved.requests == 1)
        left = await asyncio.gather(*(gates.ask(gate, LIMITED, 9) for gate in (cut_off, other)))

    assert (len(alone), len(theirs)) == (3, 4)
    assert sum(map(len, left)) == 10 - 1 - 3 - 4
