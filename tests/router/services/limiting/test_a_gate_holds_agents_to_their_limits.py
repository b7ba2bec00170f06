import asyncio

import pytest

from tests.router.services.limiting.gates import AVA, Gates, agent, request, until
from tests.support.router_values import make_agent
from vutler_router.domain.agent import Agent
from vutler_router.domain.limits import Limits, OnExceeded
from vutler_router.domain.llm import LlmSettings
from vutler_router.errors import LimitExceeded
from vutler_router.fairuse.months import Spent
from vutler_router.fairuse.rules import LimitName
from vutler_router.metering.totals import Sums

BLOCKED = agent(monthly_tokens=1_000, on_exceeded=OnExceeded.BLOCK)


@pytest.mark.parametrize(
    "free",
    [
        make_agent(AVA),
        make_agent(AVA, llm=LlmSettings(tier="economy")),
        make_agent(AVA, llm=LlmSettings(tier="economy", limits=Limits(monthly_tokens=1))),
        make_agent(AVA, llm=LlmSettings(limits=Limits(monthly_tokens=1, on_exceeded=OnExceeded.DOWNGRADE))),
    ],
)
async def test_agents_without_limits_to_hold_them_to_cost_nothing(gates: Gates, free: Agent) -> None:
    asked = gates.gate().admit(free, request(), "req")
    with pytest.raises(StopIteration) as answered:
        asked.send(None)  # it never waits

    answered.value.value.hold.settle(10**9, 10**9)
    assert (gates.store.reads, gates.store.writes) == (0, 0)


async def test_what_ended_is_counted_and_its_reservation_given_back_once(gates: Gates) -> None:
    async with gates.running() as gate:
        (hold,) = await gates.ask(gate, agent("economy", monthly_tokens=1_000, on_exceeded=OnExceeded.BLOCK))
        reserved = gates.store.use.reserved
        hold.settle(7, 70)
        hold.settle(7, 70)
        hold.release()
        await until(lambda: gates.store.use.reserved.requests == 0)

    assert (reserved.requests, reserved.tokens) == (1, 10)
    assert gates.store.use.month.spent == Spent(7, 7, 70)
    assert (gates.store.use.minute.requests, gates.store.use.minute.tokens) == (1, 7)


async def test_what_nobody_answered_leaves_nothing_behind(gates: Gates) -> None:
    async with gates.running() as gate:
        for _ in range(5):
            (hold,) = await gates.ask(gate, agent(requests_per_minute=1, concurrency=1))
            hold.release()
            hold.settle(7, 70)

    assert (gates.store.use.reserved.requests, gates.store.use.minute.requests) == (0, 0)
    assert gates.store.use.month.spent == Spent()


@pytest.mark.parametrize("call", ["read", "write"])
async def test_a_caller_who_leaves_while_it_is_decided_leaves_nothing_behind(gates: Gates, call: str) -> None:
    async with gates.running() as gate:
        if call == "write":
            (known,) = await gates.ask(gate, agent(concurrency=1))
            known.release()
            await until(lambda: gates.store.use.reserved.requests == 0)
        gates.store.free.clear()
        calls = gates.store.reads + gates.store.writes
        asked = [asyncio.create_task(gate.admit(agent(concurrency=1), request(), "req")) for _ in range(3)]
        await until(lambda: gates.store.reads + gates.store.writes > calls)
        for task in asked:
            task.cancel()
        gates.store.free.set()
        await asyncio.gather(*asked, return_exceptions=True)
        again = await gates.ask(gate, agent(concurrency=1))

    assert len(again) == 1
    assert gates.store.use.minute.requests == 1


async def test_a_caller_who_leaves_as_it_is_decided_leaves_nothing_behind(gates: Gates) -> None:
    async with gates.running() as gate:
        asked = asyncio.create_task(gate.admit(agent(concurrency=1), request(), "req"))
        while not gate.reservations:  # noqa: ASYNC110 - the moment between the decision and its hearing has no event
            await asyncio.sleep(0)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        held = gate.reservations

    assert held == 0
    assert gates.store.use.minute.requests == 0


async def test_processes_share_a_rate_exactly(gates: Gates) -> None:
    limited = agent(requests_per_minute=20)
    async with gates.running() as one, gates.running() as other:
        answered = [len(await gates.ask((one, other)[number % 2], limited)) for number in range(60)]
        gates.clock.pass_by(61)
        later = await gates.ask(other, limited, 30)

    assert answered == [1] * 20 + [0] * 40
    assert len(later) == 20
    assert gates.refused == [LimitName.REQUESTS_PER_MINUTE] * 50


async def test_processes_share_a_rate_exactly_when_all_ask_at_once(gates: Gates) -> None:
    limited = agent(requests_per_minute=100, concurrency=90)
    async with gates.running() as one, gates.running() as other, gates.running() as third:
        holds = await asyncio.gather(*(gates.ask(gate, limited, 64) for gate in (one, other, third)))

    assert sum(map(len, holds)) == 90


async def test_two_hundred_requests_at_99_per_cent_overshoot_by_no_more_than_was_under_way(gates: Gates) -> None:
    gates.books.sums = Sums(tokens_total=990)
    async with gates.running() as one, gates.running() as other:
        mine, theirs = await asyncio.gather(gates.ask(one, BLOCKED, 100, 2), gates.ask(other, BLOCKED, 100, 2))
        reserved = gates.store.use.reserved
        for hold in (*mine, *theirs):
            hold.settle(50, 0)
        await until(lambda: gates.store.use.reserved.requests == 0)
        after = await gates.ask(one, BLOCKED, 10)

    assert (len(mine) + len(theirs), reserved.requests, reserved.tokens) == (2, 2, 12)
    assert (gates.store.use.month.spent.tokens, after) == (990 + 2 * 50, [])
    assert gates.store.use.reserved.tokens == gates.store.use.reserved.cost == 0


async def test_requests_that_come_together_share_a_write(gates: Gates) -> None:
    async with gates.running() as gate:
        await gates.ask(gate, agent(concurrency=100))
        before = gates.store.writes
        holds = await gates.ask(gate, agent(concurrency=100), 64)
        asked = gates.store.writes - before
        for hold in holds:
            hold.settle(1, 1)
        await until(lambda: gates.store.use.reserved.requests == 1)

    assert (len(holds), asked) == (64, 1)
    assert gates.store.writes - before <= 3


async def test_the_month_begins_with_what_the_books_say(gates: Gates) -> None:
    gates.books.sums = Sums(tokens_total=1_000)
    async with gates.running() as gate:
        with pytest.raises(LimitExceeded) as refused:
            await gate.admit(BLOCKED, request(), "req")

    assert refused.value.code == "monthly_tokens_exceeded"
    assert [tuple(map(str, days)) for days in gates.books.asked] == [("2026-11-01", "2026-11-18")]


async def test_agents_without_monthly_limits_need_no_books(gates: Gates) -> None:
    async with gates.running() as gate:
        await gates.ask(gate, agent(concurrency=1))
    assert gates.books.asked == []


async def test_the_month_never_lags_the_books_for_long(gates: Gates) -> None:
    async with gates.running() as gate:
        (hold,) = await gates.ask(gate, BLOCKED)
        hold.settle(10, 0)
        gates.books.sums = Sums(tokens_total=2_000)
        gates.clock.pass_by(61)
        await gates.ask(gate, BLOCKED)
        await until(lambda: gates.store.use.month.spent.tokens == 2_000)
        gates.books.sums = Sums(tokens_total=5)
        gates.clock.pass_by(61)
        await gates.ask(gate, BLOCKED)
        await until(lambda: len(gates.books.asked) == 3)

    assert gates.store.use.month.spent.tokens == 2_000


async def test_a_new_month_begins_anew(gates: Gates) -> None:
    gates.books.sums = Sums(tokens_total=1_000)
    async with gates.running() as gate:
        before = await gates.ask(gate, BLOCKED)
        gates.books.sums = Sums()
        gates.clock.pass_by(12.5 * 86_400)
        after = await gates.ask(gate, BLOCKED)

    assert (before, len(after)) == ([], 1)
    assert [str(first) for first, _ in gates.books.asked] == ["2026-11-01", "2026-12-01"]


async def test_beyond_the_plan_the_cheaper_one_answers(gates: Gates) -> None:
    gates.books.sums = Sums(tokens_total=5_000_000, plan_tokens=4_999_999)
    limited = agent("standard", on_exceeded=OnExceeded.DOWNGRADE)
    async with gates.running() as gate:
        below = await gate.admit(limited, request(), "req")
        below.hold.settle(10, 0)
        beyond = await gate.admit(limited, request(), "req")

    assert (below.tier, beyond.tier) == (None, "economy")
