import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

from tests.support.router_values import NOON
from vutler_router.domain.alert_store import MOST_DUE, Alert, AlertKind, AlertStore, InMemoryAlertStore
from vutler_router.settings import Settings
from vutler_router.storage import Storage, open_storage

MOMENT, MINUTE, DAY = timedelta(milliseconds=1), timedelta(minutes=1), timedelta(days=1)
NEARLY = Alert(
    month="2026-11",
    agent_id="team-a.ava",
    workspace_id="team-a",
    kind=AlertKind.PLAN,
    threshold=80,
    percent=80.1,
    used=1_602_000,
    limit=2_000_000,
    raised_at=NOON,
)
PASSED = replace(NEARLY, threshold=100, percent=100.0, used=2_000_000, raised_at=NOON + MINUTE)
COST = replace(NEARLY, kind=AlertKind.MONTHLY_COST, used=80_000_000_000_000, limit=100_000_000_000_000)
ELSEWHERE = replace(NEARLY, agent_id="team-b.zoe", workspace_id="team-b", raised_at=NOON + 2 * MINUTE)


@asynccontextmanager
async def two_processes(settings: Settings) -> AsyncIterator[tuple[AlertStore, AlertStore]]:
    ours, theirs = await open_storage(settings), await open_storage(settings)
    try:
        yield ours.alerts, theirs.alerts
    finally:
        await ours.aclose()
        await theirs.aclose()


async def due(store: AlertStore, after: timedelta = timedelta()) -> list[Alert]:
    return list(await store.undelivered(NOON + after, raised_after=NOON - DAY))


async def test_alerts_come_back_as_they_were_raised(storage: Storage) -> None:
    added = await storage.alerts.add_new([NEARLY, COST])

    assert list(added) == [NEARLY, COST]
    assert await storage.alerts.of_month("2026-11") == [COST, NEARLY]


async def test_an_alert_is_new_once_whatever_was_used_since(storage: Storage) -> None:
    await storage.alerts.add_new([NEARLY])

    again = await storage.alerts.add_new([replace(NEARLY, percent=130.0, used=2_600_000, raised_at=NOON + DAY), PASSED])

    assert list(again) == [PASSED]
    assert await storage.alerts.of_month("2026-11") == [NEARLY, PASSED]


async def test_of_several_processes_one_raises_each_alert(settings: Settings) -> None:
    alerts = [replace(NEARLY, agent_id=f"team-a.agent-{number}") for number in range(20)]
    async with two_processes(settings) as (ours, theirs):
        added = await asyncio.gather(ours.add_new(alerts), theirs.add_new(alerts), ours.add_new(alerts[::-1]))

    assert sorted(alert.id for part in added for alert in part) == sorted(alert.id for alert in alerts)


async def test_each_month_agent_kind_and_threshold_is_an_alert_of_its_own(storage: Storage) -> None:
    others = [PASSED, COST, ELSEWHERE, replace(NEARLY, month="2026-12")]
    await storage.alerts.add_new([NEARLY])

    assert list(await storage.alerts.add_new([NEARLY, *others])) == others


async def test_a_month_and_a_workspace_have_only_their_own(storage: Storage) -> None:
    await storage.alerts.add_new([ELSEWHERE, PASSED, NEARLY, replace(NEARLY, month="2026-10")])

    assert await storage.alerts.of_month("2026-11") == [NEARLY, PASSED, ELSEWHERE]
    assert await storage.alerts.of_month("2026-11", workspace_id="team-b") == [ELSEWHERE]
    assert await storage.alerts.of_month("2026-09") == []


async def test_an_alert_is_due_until_somebody_took_it(storage: Storage) -> None:
    await storage.alerts.add_new([PASSED, NEARLY])
    before = await due(storage.alerts, MINUTE)

    await storage.alerts.mark_delivered(NEARLY.id, NOON + MINUTE)
    await storage.alerts.mark_delivered(NEARLY.id, NOON + DAY)

    assert before == [NEARLY, PASSED]
    assert await due(storage.alerts, MINUTE) == [PASSED]
    assert (await storage.alerts.of_month("2026-11"))[0] == replace(NEARLY, delivered_at=NOON + MINUTE)


async def test_a_claimed_alert_is_nobody_elses_until_the_claim_ends(storage: Storage) -> None:
    await storage.alerts.add_new([NEARLY])

    first = await storage.alerts.claim(NEARLY.id, now=NOON, until=NOON + MINUTE)
    second = await storage.alerts.claim(NEARLY.id, now=NOON + MINUTE - MOMENT, until=NOON + DAY)
    meanwhile = await due(storage.alerts, MINUTE - MOMENT)
    afterwards = await due(storage.alerts, MINUTE)
    third = await storage.alerts.claim(NEARLY.id, now=NOON + MINUTE, until=NOON + DAY)

    assert (first, second, third) == (True, False, True)
    assert (meanwhile, afterwards) == ([], [NEARLY])


async def test_nobody_claims_what_is_delivered_or_unknown(storage: Storage) -> None:
    await storage.alerts.add_new([NEARLY])
    await storage.alerts.mark_delivered(NEARLY.id, NOON)

    assert not await storage.alerts.claim(NEARLY.id, now=NOON + DAY, until=NOON + 2 * DAY)
    assert not await storage.alerts.claim(PASSED.id, now=NOON, until=NOON + DAY)


async def test_of_processes_that_claim_at_once_one_gets_it(settings: Settings) -> None:
    alerts = [replace(NEARLY, agent_id=f"team-a.agent-{number}") for number in range(20)]
    async with two_processes(settings) as (ours, theirs):
        await ours.add_new(alerts)
        for now in (NOON, NOON + MINUTE, NOON + 2 * MINUTE):
            for alert in alerts:
                claims = [store.claim(alert.id, now=now, until=now + MINUTE) for store in (ours, theirs) * 4]

                assert sorted(await asyncio.gather(*claims)) == [False] * 7 + [True]


async def test_what_was_raised_too_long_ago_is_not_delivered(storage: Storage) -> None:
    await storage.alerts.add_new([NEARLY, PASSED])

    assert await storage.alerts.undelivered(NOON + DAY, raised_after=NOON) == [PASSED]


async def test_the_oldest_come_first_and_not_all_at_once(storage: Storage) -> None:
    many = [replace(NEARLY, agent_id=f"team-a.a{number:03}", raised_at=NOON + number * MOMENT) for number in range(150)]
    await storage.alerts.add_new(many[::-1])

    assert await due(storage.alerts, MINUTE) == many[:MOST_DUE]


async def test_a_claim_is_forgotten_only_when_its_alert_is_not_tried_any_more(storage: Storage) -> None:
    await storage.alerts.add_new([NEARLY, PASSED])
    await storage.alerts.claim(NEARLY.id, now=NOON, until=NOON + DAY)
    await storage.alerts.mark_delivered(PASSED.id, NOON + DAY - MOMENT)

    assert not await storage.alerts.claim(NEARLY.id, now=NOON + DAY - MOMENT, until=NOON + 2 * DAY)


async def test_alerts_survive_closing_and_opening(settings: Settings) -> None:
    first = await open_storage(settings)
    await first.alerts.add_new([NEARLY])
    await first.alerts.claim(NEARLY.id, now=NOON, until=NOON + MINUTE)
    await first.aclose()

    second = await open_storage(settings)
    try:
        assert list(await second.alerts.add_new([NEARLY])) == []
        assert await due(second.alerts) == []
        assert await due(second.alerts, MINUTE) == [NEARLY]
    finally:
        await second.aclose()


async def test_the_version_in_memory_does_the_same(storage: Storage) -> None:
    memory = InMemoryAlertStore()
    seen: list[list[object]] = []
    for store in (storage.alerts, memory):
        added = [list(await store.add_new([PASSED, NEARLY])), list(await store.add_new([NEARLY, COST]))]
        claims = [await store.claim(NEARLY.id, now=NOON, until=NOON + MINUTE) for _ in range(2)]
        await store.mark_delivered(COST.id, NOON + MOMENT)
        listed = [list(await store.of_month("2026-11", workspace_id=name)) for name in (None, "team-a", "team-b")]
        seen.append([added, claims, listed, await due(store), await due(store, MINUTE)])

    assert seen[0] == seen[1]
