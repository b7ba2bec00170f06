from collections import Counter
from dataclasses import dataclass

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.raw_ledger import Row, raw_ledger
from tests.support.router_values import NOON, make_entry
from vutler_router.domain.money import Nanos
from vutler_router.domain.plans import PlanTerms
from vutler_router.domain.usage import TokenCounts
from vutler_router.metering.batches import Batch
from vutler_router.metering.totals import Dimension, Sums
from vutler_router.settings import Settings
from vutler_router.storage import Storage

AGENTS = ["team-a.ava", "team-a.bob"]
INCLUDED, USD = 50, 1_000_000_000
TERMS = PlanTerms(included_tokens=INCLUDED, overage_per_million=Nanos(3 * USD + 1))
"""A price that leaves fractions of 1e-9 USD for most numbers of tokens."""


@dataclass(frozen=True)
class Piece:
    """Rows that one of two writers brings, by agent and tokens, and how often."""

    writer: int
    rows: list[tuple[str, int]]
    times: int


PIECES = st.lists(
    st.builds(
        Piece,
        st.integers(0, 1),
        st.lists(st.tuples(st.sampled_from(AGENTS), st.integers(0, 60)), min_size=1, max_size=4),
        st.integers(1, 2),
    ),
    max_size=5,
)
examples = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
runs = Counter[str]()


@examples
@given(pieces=PIECES)
async def test_sums_of_rows_totals_and_records_agree_and_are_those_of_the_whole(
    storage: Storage, settings: Settings, pieces: list[Piece]
) -> None:
    runs["any"] += 1
    month = NOON.replace(year=2027 + runs["any"])  # one month for each example, in one database

    used = Counter[str]()
    numbers = [0, 0]
    for place, piece in enumerate(pieces):
        numbers[piece.writer] += 1
        entries = tuple(
            make_entry(
                f"{month.year}-{place}-{row}",
                agent_id=agent,
                tokens=TokenCounts(tokens, 0),
                tier="economy",
                terms=TERMS,
                timestamp=month,
            )
            for row, (agent, tokens) in enumerate(piece.rows)
        )
        used.update({entry.agent_id: 0 for entry in entries})
        for entry in entries:
            used[entry.agent_id] += entry.tokens.total
        batch = Batch(f"{month.year}-{piece.writer}", numbers[piece.writer], entries)
        for _ in range(piece.times):
            await storage.ledger.append(batch)

    beyond = {agent: max(tokens - INCLUDED, 0) for agent, tokens in used.items()}
    prices = {agent: (tokens * TERMS.overage_per_million + 500_000) // 1_000_000 for agent, tokens in beyond.items()}
    async with raw_ledger(settings) as raw:
        rows = [row for row in await raw.rows("token_usage") if str(row["request_id"]).startswith(f"{month.year}-")]
    totals = await storage.usage.totals(Dimension.AGENT, month.date(), month.date())
    assert sums_of(rows, "overage_tokens") == beyond
    assert sums_of(rows, "price_total") == prices
    assert {line.key: by_name(line.sums) for line in totals} == {
        agent: (used[agent], beyond[agent], prices[agent]) for agent in used
    }
    assert {
        found.agent_id: (found.tokens, found.price)
        for found in await storage.overages.overages(f"{month.year}-{month.month}")
    } == {agent: (tokens, prices[agent]) for agent, tokens in beyond.items() if tokens}


def sums_of(rows: list[Row], name: str) -> dict[str, int]:
    sums = Counter[str]()
    for row in rows:
        sums[str(row["agent_id"])] += int(str(row[name]))
    return dict(sums)


def by_name(sums: Sums) -> tuple[int, int, int]:
    return sums.plan_tokens, sums.overage_tokens, sums.price_total
