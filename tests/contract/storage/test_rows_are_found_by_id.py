from dataclasses import replace

from tests.support.router_values import make_entry
from vutler_router.domain.money import Nanos
from vutler_router.domain.plans import PlanTerms
from vutler_router.domain.usage import TokenCounts
from vutler_router.metering.batches import Batch
from vutler_router.metering.ledger import RequestType, UsageSource
from vutler_router.storage import Storage

ROUTED = replace(
    make_entry(
        "req_1",
        tier="economy",
        terms=PlanTerms(included_tokens=10_000, overage_per_million=Nanos(2_000_000_000)),
        category="code",
        request_type=RequestType.TOOL,
        tokens=TokenCounts(100, 20, 10, 3, 5, corrected=True),
        price_snapshot='{"input":1}',
    ),
    priced=False,
    latency_ms=1_234,
    usage_source=UsageSource.ESTIMATED,
    status="error",
    variant="b",
    cost_estimated=2**40,
    cost_strongest=2**41,
    classification_cost=17,
    classification_ms=88,
    decision='{"category":"code","confidence":0.93,"signals":["é"]}',
)
"""Differs from the defaults in every field but what the store finds by itself."""


async def test_a_row_is_found_as_it_was_recorded(storage: Storage) -> None:
    plain = make_entry("req_2")
    await storage.ledger.append(Batch("writer-1", 1, (ROUTED, plain)))

    assert await storage.rows.find("req_1") == ROUTED
    assert await storage.rows.find("req_2") == plain


async def test_a_row_is_found_with_what_went_beyond_its_plan(storage: Storage) -> None:
    terms = PlanTerms(included_tokens=100, overage_per_million=Nanos(2_000_000_000))
    await storage.ledger.append(Batch("writer-1", 1, (replace(ROUTED, terms=terms),)))

    assert await storage.rows.find("req_1") == replace(ROUTED, terms=terms, overage_tokens=20, price_total=40_000)


async def test_a_request_without_a_row_is_not_found(storage: Storage) -> None:
    await storage.ledger.append(Batch("writer-1", 1, (ROUTED,)))

    assert [await storage.rows.find(name) for name in ("req_2", "", "req_", "REQ_1")] == [None] * 4


async def test_a_row_that_comes_again_is_found_as_it_came_first(storage: Storage) -> None:
    await storage.ledger.append(Batch("writer-1", 1, (ROUTED,)))
    await storage.ledger.append(Batch("writer-1", 2, (replace(ROUTED, variant="a"), make_entry("req_2"))))

    assert await storage.rows.find("req_1") == ROUTED
