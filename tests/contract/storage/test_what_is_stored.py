from dataclasses import replace
from datetime import UTC, datetime

from tests.support.raw_ledger import raw_ledger
from tests.support.router_values import NOON, make_entry
from vutler_router.domain.money import Nanos
from vutler_router.domain.plans import PlanTerms
from vutler_router.domain.usage import TokenCounts
from vutler_router.metering.batches import Batch
from vutler_router.metering.ledger import RequestType, UsageSource
from vutler_router.metering.totals import Dimension
from vutler_router.settings import ProviderName, Settings
from vutler_router.storage import Storage


async def test_names_from_closed_sets_are_stored_as_plain_text(storage: Storage) -> None:
    entry = make_entry("r", provider=ProviderName.OPENAI)
    await storage.ledger.append(Batch("writer-1", 1, (entry,)))

    (line,) = await storage.usage.totals(Dimension.MODEL, entry.timestamp.date(), entry.timestamp.date())

    assert line.key == "openai/gpt-4o-mini"


async def test_a_row_has_the_fields_of_the_contract(storage: Storage, settings: Settings) -> None:
    entry = make_entry(
        "req_1",
        tier="economy",
        terms=PlanTerms(included_tokens=100, overage_per_million=Nanos(2_000_000_000)),
        category="code",
        request_type=RequestType.TOOL,
        tokens=TokenCounts(100, 20, 10, 3, 5, corrected=True),
        price_snapshot='{"input":1}',
        priced=False,
    )
    ended = replace(entry, latency_ms=1_234, usage_source=UsageSource.ESTIMATED, status="cancelled")
    ended = replace(ended, variant="b", cost_estimated=11, cost_strongest=12, decision='{"category":"code"}')
    ended = replace(ended, classification_cost=13, classification_ms=14, tree_id="tree_1")
    await storage.ledger.append(Batch("writer-1", 7, (ended,)))

    async with raw_ledger(settings) as raw:
        (stored,) = await raw.rows("token_usage")

    assert {name: value for name, value in stored.items() if name not in {"_id", "timestamp"}} == {
        "request_id": "req_1",
        "agent_id": "team-a.ava",
        "workspace_id": "team-a",
        "provider": "openai",
        "model": "gpt-4o-mini",
        "tier": "economy",
        "tokens_input": 100,
        "tokens_output": 20,
        "tokens_total": 120,
        "tokens_cached": 10,
        "tokens_cache_write": 3,
        "tokens_reasoning": 5,
        "cost_input": 15_000,
        "cost_output": 12_000,
        "cost_total": 27_000,
        "price_total": 40_000,
        "priced": False,
        "latency_ms": 1_234,
        "request_type": "tool",
        "category": "code",
        "usage_source": "estimated",
        "status": "cancelled",
        "overage_tokens": 20,
        "included_tokens": 100,
        "overage_per_million": 2_000_000_000,
        "price_snapshot": '{"input":1}',
        "corrected": True,
        "variant": "b",
        "cost_estimated": 11,
        "cost_strongest": 12,
        "classification_cost": 13,
        "classification_ms": 14,
        "decision": '{"category":"code"}',
        "tree_id": "tree_1",
        "batch": "writer-1/7",
    }
    assert moment(stored["timestamp"]) == NOON


def moment(stored: object) -> datetime:
    return stored if isinstance(stored, datetime) else datetime.fromisoformat(str(stored)).astimezone(UTC)
