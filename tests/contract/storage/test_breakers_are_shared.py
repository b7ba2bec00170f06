from dataclasses import replace
from datetime import timedelta

from tests.support.router_values import NOON
from vutler_router.domain.breaker_store import KEPT, BreakerRecord, FailureKind
from vutler_router.settings import Settings
from vutler_router.storage import Storage, open_storage

MOMENT = timedelta(milliseconds=1)
MINUTES = timedelta(minutes=5)
OPEN = BreakerRecord(
    provider="openai",
    model="gpt-4o-mini",
    credential="0123456789abcdef",
    changed_at=NOON + 7 * MOMENT,
    failures=3,
    reason="openai refused the key (401): „falsch“. Check the key and what it may be used for.",
    code="provider_key_refused",
    kind=FailureKind.PERMANENT,
    opened_at=NOON + 7 * MOMENT,
    reopens_at=NOON + MINUTES,
)
CLOSED = BreakerRecord("groq", "llama", "fedcba9876543210", NOON)


async def records(storage: Storage) -> list[BreakerRecord]:
    return [record async for record in storage.breakers.records()]


async def test_records_come_back_as_they_were_put(storage: Storage) -> None:
    await storage.breakers.put([OPEN, CLOSED])

    assert await records(storage) == [OPEN, CLOSED]


async def test_a_new_database_has_none(storage: Storage) -> None:
    assert await records(storage) == []
    assert await storage.breakers.version() == 0


async def test_a_record_survives_closing_and_opening(settings: Settings) -> None:
    first = await open_storage(settings)
    await first.breakers.put([OPEN])
    await first.aclose()

    second = await open_storage(settings)
    try:
        assert await records(second) == [OPEN]
    finally:
        await second.aclose()


async def test_the_newest_record_of_a_breaker_stays_in_whatever_order_they_come(storage: Storage) -> None:
    older = replace(OPEN, changed_at=OPEN.changed_at - MOMENT, failures=9)
    newer = BreakerRecord(*OPEN.key, changed_at=OPEN.changed_at + MOMENT)

    await storage.breakers.put([OPEN])
    await storage.breakers.put([older, CLOSED])
    after_an_older_one = await records(storage)
    await storage.breakers.put([newer])
    await storage.breakers.put([OPEN])

    assert after_an_older_one == [OPEN, CLOSED]
    assert await records(storage) == [newer, CLOSED]


async def test_of_two_at_one_time_the_first_stays(storage: Storage) -> None:
    await storage.breakers.put([OPEN])
    await storage.breakers.put([BreakerRecord(*OPEN.key, changed_at=OPEN.changed_at)])

    assert await records(storage) == [OPEN]


async def test_times_are_compared_as_times_and_not_as_written(storage: Storage) -> None:
    before_noon = BreakerRecord(*OPEN.key, changed_at=NOON.replace(hour=9))
    whole_second = BreakerRecord(*OPEN.key, changed_at=NOON)
    just_after = replace(OPEN, changed_at=NOON + MOMENT)

    for record in (before_noon, whole_second, just_after, whole_second):
        await storage.breakers.put([record])

    assert await records(storage) == [just_after]


async def test_breakers_of_other_keys_and_models_are_their_own(storage: Storage) -> None:
    others = [replace(OPEN, provider="groq"), replace(OPEN, model="gpt-4o"), replace(OPEN, credential="another")]

    await storage.breakers.put([OPEN, *others])

    assert {record.key for record in await records(storage)} == {OPEN.key, *(o.key for o in others)}


async def test_what_one_process_puts_another_sees_by_the_version(settings: Settings) -> None:
    ours, theirs = await open_storage(settings), await open_storage(settings)
    try:
        seen = [await theirs.breakers.version()]
        await ours.breakers.put([OPEN])
        seen.append(await theirs.breakers.version())
        await ours.breakers.put([BreakerRecord(*OPEN.key, changed_at=NOON + MINUTES)])
        seen.append(await theirs.breakers.version())
        found = await records(theirs)
    finally:
        await ours.aclose()
        await theirs.aclose()

    assert seen == sorted(set(seen))
    assert found == [BreakerRecord(*OPEN.key, changed_at=NOON + MINUTES)]


async def test_the_version_of_agents_stands_still(storage: Storage) -> None:
    before = await storage.agents.version()
    await storage.breakers.put([OPEN])
    assert await storage.agents.version() == before


async def test_what_expired_is_removed_and_nothing_else(storage: Storage) -> None:
    await storage.breakers.put([OPEN, CLOSED])

    await storage.breakers.remove_expired(NOON + KEPT)
    in_time = await records(storage)
    await storage.breakers.remove_expired(NOON + KEPT + MOMENT)
    without_the_closing = await records(storage)
    await storage.breakers.remove_expired(NOON + MINUTES + KEPT + MOMENT)

    assert (in_time, without_the_closing) == ([OPEN, CLOSED], [OPEN])
    assert await records(storage) == []


async def test_many_come_back_too_the_newest_first(storage: Storage) -> None:
    many = [replace(OPEN, credential=f"{number}", changed_at=NOON + number * MOMENT) for number in range(1200)]
    await storage.breakers.put(many)

    assert await records(storage) == many[::-1]
