import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import cast

import pytest
from bson import Int64

from tests.support.mongo import running_ferretdb
from tests.support.router_values import NOON, make_entry
from vutler_router.domain.money import Nanos
from vutler_router.domain.plans import PlanTerms
from vutler_router.domain.usage import TokenCounts
from vutler_router.errors import StorageError
from vutler_router.metering.batches import Batch
from vutler_router.metering.totals import DayKey, Dimension, Sums
from vutler_router.storage import Storage
from vutler_router.storage.mongo import open_mongo
from vutler_router.storage.mongo.connection import Database, wide
from vutler_router.storage.mongo.ledger import total_id
from vutler_router.storage.mongo.usage import MongoUsageReader

pytestmark = pytest.mark.database

TODAY = NOON.date()
AVA = "team-a.ava"
OLD_ROW = {
    "_id": "old",
    "request_id": "old",
    "agent_id": AVA,
    "workspace_id": "team-a",
    "provider": "openai",
    "model": "gpt-4o-mini",
    "tier": "economy",
    "request_type": "chat",
    "category": "",
    "usage_source": "provider",
    "status": "ok",
    "priced": True,
    "timestamp": NOON,
    "batch": "a-run-of-the-past/3",
    **wide({"tokens_input": 80, "tokens_output": 20, "tokens_total": 100, "tokens_cached": 0, "tokens_reasoning": 0}),
    **wide({"tokens_cache_write": 0, "cost_input": 3, "cost_output": 4, "cost_total": 7, "price_total": 0}),
    **wide({"latency_ms": 5}),
}
OLD_TOTAL = {
    "_id": f'["{TODAY}", "{AVA}", "openai", "gpt-4o-mini", "economy", "", "chat"]',
    "day": TODAY.isoformat(),
    "agent_id": AVA,
    "workspace_id": "team-a",
    "provider": "openai",
    "model": "gpt-4o-mini",
    "target": "openai/gpt-4o-mini",
    "tier": "economy",
    "category": "",
    "request_type": "chat",
    "applied": {"a-run-of-the-past": Int64(3)},
    **wide({"requests": 1, "tokens_input": 80, "tokens_output": 20, "tokens_total": 100, "tokens_cached": 0}),
    **wide({"tokens_reasoning": 0, "plan_tokens": 100, "cost_input": 3, "cost_output": 4, "cost_total": 7}),
    **wide({"price_total": 0, "unpriced": 0}),
}


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with running_ferretdb() as url:
        yield url


@pytest.fixture
async def url(server: str) -> AsyncIterator[str]:
    """A database of the first router, with a row and its total."""
    url = f"{server}test_{uuid.uuid4().hex}"
    database = Database.connect(url, seconds=30)
    await database.versions.insert_one({"_id": "schema", "value": Int64(1)})
    await database.token_usage.insert_one(dict(OLD_ROW))
    await database.usage_daily.insert_one(dict(OLD_TOTAL))
    yield url
    await database.drop()
    await database.aclose()


@pytest.fixture
async def storage(url: str) -> AsyncIterator[Storage]:
    opened = await open_mongo(url, seconds=30)
    yield opened
    await opened.aclose()


async def test_use_that_the_first_router_counted_is_counted_on(storage: Storage) -> None:
    found = await storage.overages.month_tokens([AVA], "2026-11")
    (before,) = await storage.usage.totals(Dimension.AGENT, TODAY, TODAY)
    terms = PlanTerms(included_tokens=150, overage_per_million=Nanos(2_000_000_000))

    await storage.ledger.append(Batch("w", 1, (make_entry("new", tier="economy", terms=terms),), answered=1))

    (total,) = await storage.usage.totals(Dimension.AGENT, TODAY, TODAY)
    (record,) = await storage.overages.overages("2026-11")
    assert found == {AVA: 100}
    assert (before.sums.requests, before.sums.overage_tokens, before.sums.corrected) == (1, 0, 0)
    assert (total.sums.requests, total.sums.plan_tokens, total.sums.overage_tokens) == (2, 220, 70)
    assert (record.tokens, record.price) == (70, 140_000)


async def test_rows_of_the_first_router_are_audited_too(storage: Storage) -> None:
    await storage.ledger.append(Batch("w", 1, (make_entry("new", tier="economy"),), answered=1))

    days, months = await storage.audit.day_lines(TODAY), await storage.audit.month_lines("2026-11")

    assert [(line.rows.requests, line.differs) for line in days] == [(2, False)]
    assert [(line.rows.plan_tokens, line.differs) for line in months] == [(220, False)]
    assert [(line.writer, line.differs) for line in await storage.audit.writer_lines()] == [("w", False)]


async def test_a_total_of_the_first_router_is_mended(storage: Storage, url: str) -> None:
    database = Database.connect(url, seconds=30)
    await database.usage_daily.update_many({}, {"$set": wide({"requests": 5})})
    await database.aclose()
    (line,) = await storage.audit.day_lines(TODAY)

    assert await storage.audit.mend_day(line)

    (mended,) = await storage.audit.day_lines(TODAY)
    assert not mended.differs


async def test_totals_and_rows_of_before_routing_are_counted_on(storage: Storage, url: str) -> None:
    database = Database.connect(url, seconds=30)
    await database.token_usage.update_many({}, {"$set": {"status": "error"}})
    await database.aclose()
    new = replace(make_entry("new", tier="economy"), latency_ms=200, status="error", cost_strongest=50_000)

    await storage.ledger.append(Batch("w", 1, (new, replace(new, request_id="b", variant="b")), answered=2))

    totals = await storage.usage.totals(Dimension.VARIANT, TODAY, TODAY)
    lines = await storage.audit.day_lines(TODAY)
    assert [total.key for total in totals] == ["", "b"]
    assert (totals[0].sums.requests, totals[0].sums.errors, totals[0].sums.latency_ms) == (2, 1, 200)
    assert totals[1].sums == Sums.of([new])
    assert [(line.rows, line.differs) for line in lines] == [(total.sums, False) for total in totals]


async def test_a_server_that_adds_up_has_no_second_line_for_totals_of_before_routing(storage: Storage) -> None:
    no_plan = make_entry("new")
    await storage.ledger.append(Batch("w", 1, (no_plan, replace(no_plan, request_id="b", variant="b")), answered=2))
    cast("MongoUsageReader", storage.usage)._server_adds = True

    totals = await storage.usage.totals(Dimension.VARIANT, TODAY, TODAY)

    assert [(total.key, total.sums.requests) for total in totals] == [("", 2), ("b", 1)]


def test_a_total_without_a_variant_has_the_name_that_older_routers_gave_it() -> None:
    key = DayKey(TODAY, AVA, "team-a", "openai", "gpt-4o-mini", "economy", "", "chat", "")

    assert total_id(key) == f'["{TODAY}", "{AVA}", "openai", "gpt-4o-mini", "economy", "", "chat"]'
    assert total_id(replace(key, variant="b")) == (
        f'["{TODAY}", "{AVA}", "openai", "gpt-4o-mini", "economy", "", "chat", "b"]'
    )


async def test_a_row_of_the_first_router_is_found(storage: Storage) -> None:
    old = await storage.rows.find("old")

    assert old is not None
    assert (old.tokens, old.timestamp, old.cost_total, old.latency_ms) == (TokenCounts(80, 20), NOON, 7, 5)
    assert (old.terms, old.overage_tokens, old.variant, old.cost_strongest, old.decision) == (None, 0, "", 0, "")


async def test_meters_are_made_once(storage: Storage, url: str) -> None:
    await storage.ledger.append(Batch("w", 1, (make_entry("new", tier="economy"),), answered=1))
    again = await open_mongo(url, seconds=30)

    found = await again.overages.month_tokens([AVA], "2026-11")

    await again.aclose()
    assert found == {AVA: 220}


async def test_a_database_of_a_newer_router_is_left_alone(url: str) -> None:
    database = Database.connect(url, seconds=30)
    await database.versions.update_one({"_id": "schema"}, {"$set": {"value": Int64(99)}})
    await database.aclose()

    with pytest.raises(StorageError, match="schema version 99"):
        await open_mongo(url, seconds=30)
