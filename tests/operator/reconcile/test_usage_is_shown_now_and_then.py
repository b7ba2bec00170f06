import asyncio
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import JsonValue

from vutler_operator.errors import RouterUnreachable
from vutler_operator.reconcile.router_sync import RouterSync
from vutler_operator.reconcile.usage import UsageBoard
from vutler_operator.router_client import AgentUsage, FairUse, KeyTrouble, RouterRecord, UsageSummary

AVA, BOB = "team-a.ava", "team-a.bob"


class Clock:
    """Stands still until told otherwise, or goes on a bit whenever somebody looks."""

    def __init__(self, step: float = 0.0) -> None:
        self.seconds = 0.0
        self.step = step

    def __call__(self) -> float:
        self.seconds += self.step
        return self.seconds


def line(agent_id: str, tokens: int, state: str = "Within", month: str = "2026-11") -> AgentUsage:
    return AgentUsage(agent_id=agent_id, tokens_total=tokens, period=month, fair_use=FairUse(state=state))


def summary(*lines: AgentUsage, month: int = 11) -> UsageSummary:
    return UsageSummary.model_validate({"from": datetime(2026, month, 1, tzinfo=UTC), "agents": lines})


class Router:
    """A router with nothing but figures of use."""

    def __init__(self) -> None:
        self.says = summary()
        self.away = False

    async def list_agents(self) -> dict[str, RouterRecord]:
        return {}

    async def put_agent(self, identifier: str, record: Mapping[str, JsonValue]) -> None:
        raise NotImplementedError

    async def delete_agent(self, identifier: str) -> None:
        raise NotImplementedError

    async def usage(self) -> UsageSummary:
        if self.away:
            raise RouterUnreachable("away")
        return self.says

    async def key_troubles(self) -> tuple[KeyTrouble, ...]:
        return ()


class Told:
    """Remembers who was told of a change."""

    def __init__(self) -> None:
        self.times: list[str] = []

    def is_gone(self, identifier: str) -> bool:
        return not identifier

    def changed(self, identifiers: Iterable[str]) -> None:
        self.times += sorted(identifiers)

    def keys_changed(self, sources: Iterable[str]) -> None:
        self.times += sorted(sources)


def polled(board: UsageBoard, *lines: AgentUsage, month: int = 11) -> set[str]:
    board.take(summary(*lines, month=month))
    return board.show()


def tokens(board: UsageBoard, identifier: str = AVA) -> int:
    found = board.find(identifier)
    assert found is not None
    return found.tokens_total


def test_nothing_is_known_before_the_router_speaks() -> None:
    assert UsageBoard(Clock()).find(AVA) is None


def test_who_is_not_listed_used_nothing() -> None:
    board = UsageBoard(Clock())
    polled(board, line(AVA, 5))

    assert board.find(BOB) == AgentUsage(agent_id=BOB, period="2026-11")


def test_the_same_figures_concern_nobody() -> None:
    clock = Clock()
    board = UsageBoard(clock)
    told = []
    for _ in range(10):
        told.append(polled(board, line(AVA, 5)))
        clock.seconds += 10

    assert told == [{AVA}, *[set()] * 9]


def test_a_busy_agents_figures_are_shown_every_thirty_seconds_and_the_last_ones_too() -> None:
    clock = Clock()
    board = UsageBoard(clock)
    shown = []
    for look in range(10):
        if polled(board, line(AVA, 100 + min(look, 7))):
            shown.append((clock.seconds, tokens(board)))
        clock.seconds += 10

    assert shown == [(0, 100), (30, 103), (60, 106), (90, 107)]


def test_between_two_times_everybody_sees_the_same_figures() -> None:
    clock = Clock()
    board = UsageBoard(clock)
    polled(board, line(AVA, 1))
    clock.seconds += 10
    polled(board, line(AVA, 2))

    assert tokens(board) == 1


@pytest.mark.parametrize(
    "news", [line(AVA, 2, "Nearly"), line(AVA, 2, "Exceeded"), line(AVA, 0, month="2026-12")], ids=str
)
def test_a_change_of_the_condition_or_the_month_does_not_wait(news: AgentUsage) -> None:
    clock = Clock()
    board = UsageBoard(clock)
    polled(board, line(AVA, 1))
    clock.seconds += 1

    assert polled(board, news) == {AVA}
    assert board.find(AVA) == news


def test_one_busy_agent_hurries_no_other() -> None:
    clock = Clock()
    board = UsageBoard(clock)
    polled(board, line(AVA, 1), line(BOB, 1))
    clock.seconds += 10

    assert polled(board, line(AVA, 2, "Exceeded"), line(BOB, 2)) == {AVA}
    assert tokens(board, BOB) == 1


def test_who_is_not_listed_any_more_is_told_at_once() -> None:
    board = UsageBoard(Clock())
    polled(board, line(AVA, 1))

    assert polled(board) == {AVA}
    assert tokens(board) == 0


def test_an_agent_that_is_gone_leaves_nothing() -> None:
    board = UsageBoard(Clock())
    polled(board, line(AVA, 1))
    board.forget(AVA)

    assert (tokens(board), board.show()) == (0, set())


async def test_the_loop_tells_of_changed_figures_only() -> None:
    clock, router, told = Clock(), Router(), Told()
    sync = RouterSync(router, told, clock)
    router.says = summary(line(AVA, 1))
    await sync.look()
    told.times.clear()
    for used in (1, 1, 2, 3, 4, 4, 4):
        router.says = summary(line(AVA, used))
        await sync.synchronise(full=True)
        clock.seconds += 10

    assert told.times == [AVA, AVA]
    assert sync.usage(AVA) == line(AVA, 4)


async def test_an_agent_that_comes_back_under_its_name_begins_with_what_the_router_says() -> None:
    router, told = Router(), Told()
    sync = RouterSync(router, told, Clock())
    router.says = summary(line(AVA, 9, "Exceeded"))
    await sync.look()

    sync.forget(AVA)

    assert sync.usage(AVA) == AgentUsage(agent_id=AVA, period="2026-11")


async def test_the_last_figures_are_shown_though_the_router_is_away_by_then() -> None:
    clock, router, told = Clock(step=0.001), Router(), Told()
    sync = RouterSync(router, told, clock, interval=0.01)
    router.says = summary(line(AVA, 1))
    await sync.look()
    router.says = summary(line(AVA, 2))
    await sync.synchronise(full=True)
    told.times.clear()
    router.away = True
    before: Any = sync.usage(AVA)
    clock.seconds += 31
    loop = asyncio.create_task(sync.run())
    async with asyncio.timeout(5):
        while AVA not in told.times:  # noqa: ASYNC110 - what is waited for tells nobody else
            await asyncio.sleep(0.01)
    loop.cancel()
    with suppress(asyncio.CancelledError):
        await loop

    assert (before.tokens_total, sync.usage(AVA)) == (1, line(AVA, 2))
