"""A million rows: the sums are exact to the unit, and no question reads the rows."""

import time
from collections.abc import Sequence
from datetime import timedelta

import pytest

from tests.support.router_values import NOON, make_entry
from vutler_router.domain.money import Nanos
from vutler_router.domain.plans import PlanTerms
from vutler_router.domain.usage import TokenCounts
from vutler_router.metering.batches import Batch
from vutler_router.metering.ledger import Entry
from vutler_router.metering.totals import Dimension, Sums
from vutler_router.settings import Settings
from vutler_router.storage import Storage

pytestmark = [pytest.mark.process, pytest.mark.timeout(280)]

FIRST, LAST = NOON.date().replace(day=1), NOON.date().replace(day=30)
ODD = 2**53 + 1
"""The first whole number that a float cannot hold."""

TOKENS, RATE = 7, 3
MOST_SECONDS = 0.05


def rows(count: int, agents: int, included: int) -> tuple[Entry, ...]:
    """Return rows of three models and eleven different costs; the first one's cost is large and odd."""
    terms = PlanTerms(included_tokens=included, overage_per_million=Nanos(RATE * 1_000_000))
    return tuple(
        make_entry(
            f"{row}",
            agent_id=f"team-a.agent-{row % agents}",
            model=f"m{row % 3}",
            tokens=TokenCounts(5, 2),
            tier="economy",
            terms=terms,
            cost_input=row % 3,
            cost_output=row % 11 if row else ODD,
        )
        for row in range(count)
    )


def renumber(entries: Sequence[Entry], number: int) -> None:
    """Make new rows of the old ones, on another day; to make a million would take longer than to write them."""
    moment = NOON.replace(day=1) + timedelta(days=number % 30)
    for row, entry in enumerate(entries):
        object.__setattr__(entry, "request_id", f"{number}-{row}")
        object.__setattr__(entry, "timestamp", moment)


async def check(storage: Storage, *, batches: int, size: int, agents: int) -> None:
    """Write batches and see that they add up; the last twentieth of what each agent used is beyond its plan."""
    used = batches * TOKENS * size // agents
    included = used - used // 20
    entries = rows(size, agents, included)
    for number in range(1, batches + 1):
        renumber(entries, number)
        await storage.ledger.append(Batch("w", number, entries, answered=number * size))
    lines = await storage.usage.totals(Dimension.AGENT, FIRST, LAST)
    total = sum((line.sums for line in lines), Sums())

    beyond, requests = (used - included) * agents, batches * size
    inputs = batches * sum(entry.cost_input for entry in entries)
    outputs = batches * sum(entry.cost_output for entry in entries)
    assert total == Sums(
        requests=requests,
        tokens_input=5 * requests,
        tokens_output=2 * requests,
        tokens_total=TOKENS * requests,
        plan_tokens=TOKENS * requests,
        overage_tokens=beyond,
        cost_input=inputs,
        cost_output=outputs,
        cost_total=inputs + outputs,
        price_total=beyond * RATE,
    )
    records = await storage.overages.overages("2026-11")
    assert len(records) == agents
    assert sum(record.tokens for record in records) == beyond
    assert sum(record.price for record in records) == beyond * RATE


async def test_every_row_is_in_the_sums_and_a_month_is_read_at_once(storage: Storage, settings: Settings) -> None:
    if settings.uses_mongo:
        await check(storage, batches=10, size=2_000, agents=1)
        return

    await check(storage, batches=50, size=20_000, agents=50)

    assert min([await seconds(storage) for _ in range(3)]) < MOST_SECONDS


async def seconds(storage: Storage) -> float:
    """Measure how long it takes to add up an agent's month."""
    began = time.perf_counter()
    (line,) = await storage.usage.totals(Dimension.AGENT, FIRST, LAST, agent_id="team-a.agent-7")
    assert line.sums.requests == 20_000
    return time.perf_counter() - began
