import asyncio

from tests.router.services.limiting.gates import Gates, agent, until
from vutler_router.domain.limits import OnExceeded

LIMITED = agent(concurrency=2)


def expiry(gates: Gates) -> int:
    return max(held.expires_at for held in gates.store.use.holders.values())


async def test_what_a_killed_process_held_is_free_after_the_lease(gates: Gates) -> None:
    killed = gates.gate()
    held = await gates.ask(killed, LIMITED, 2)
    async with gates.running() as other:
        at_once = await gates.ask(other, LIMITED)
        gates.clock.pass_by(9)
        before = await gates.ask(other, LIMITED)
        gates.clock.pass_by(1)
        after = await gates.ask(other, LIMITED, 3)

    assert [len(holds) for holds in (held, at_once, before, after)] == [2, 0, 0, 2]


async def test_what_is_renewed_counts_as_long_as_it_takes(gates: Gates) -> None:
    async with gates.running() as busy, gates.running() as other:
        (hold, _) = await gates.ask(busy, LIMITED, 2)
        for _ in range(3):
            gates.clock.pass_by(4)
            await until(lambda: expiry(gates) == int(gates.clock().timestamp()) + 10)
        refused = await gates.ask(other, LIMITED)
        hold.release()
        await until(lambda: gates.store.use.reserved.requests == 1)
        admitted = await gates.ask(other, LIMITED, 2)

    assert (refused, len(admitted)) == ([], 1)


async def test_a_process_that_slept_too_long_holds_again_what_it_has_under_way(gates: Gates) -> None:
    asleep = gates.gate()
    holds = await gates.ask(asleep, LIMITED, 2)
    gates.clock.pass_by(60)
    async with gates.running() as other:
        taken = await gates.ask(other, LIMITED)
        refused = await gates.ask(asleep, LIMITED)
        for hold in (*holds, *taken):
            hold.release()
        await until(lambda: gates.store.use.reserved.requests == 0)

    assert (len(taken), refused) == (1, [])


async def test_nothing_is_written_while_nothing_is_under_way(gates: Gates) -> None:
    async with gates.running() as gate:
        for hold in await gates.ask(gate, agent(concurrency=2, monthly_tokens=100, on_exceeded=OnExceeded.BLOCK), 2):
            hold.settle(1, 1)
        await until(lambda: gates.store.use.reserved.requests == 0)
        before = gates.store.writes, gates.store.reads, len(gates.books.asked)
        gates.clock.pass_by(90)
        await asyncio.sleep(1.3)  # longer than the loop rests
        after = gates.store.writes, gates.store.reads, len(gates.books.asked)

    assert after == before


async def test_closing_writes_what_ended(gates: Gates) -> None:
    async with gates.running() as gate:
        (hold,) = await gates.ask(gate, LIMITED)
        hold.settle(5, 5)

    assert gates.store.use.reserved.requests == 0
    assert gates.store.use.month.spent.tokens == 5


async def test_closing_does_not_wait_for_a_database_that_is_away(gates: Gates) -> None:
    async with gates.running() as gate:
        (hold,) = await gates.ask(gate, LIMITED)
        gates.store.free.clear()
        hold.settle(5, 5)
        begun = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - begun < 3
    gates.store.free.set()
