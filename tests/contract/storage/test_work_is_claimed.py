import asyncio
from datetime import timedelta

from tests.support.router_values import NOON
from vutler_router.domain.claim_store import Claim
from vutler_router.settings import Settings
from vutler_router.storage import Storage, open_storage

MINUTE = timedelta(minutes=1)


async def test_of_several_processes_one_gets_each_piece_of_work(settings: Settings) -> None:
    works = [f"wake/{number}" for number in range(8)]
    ours, theirs = await open_storage(settings), await open_storage(settings)
    try:
        tries = [store.claims.take(work, now=NOON, until=NOON + MINUTE) for work in works for store in (ours, theirs)]
        taken = await asyncio.gather(*tries)
    finally:
        await ours.aclose()
        await theirs.aclose()

    assert sorted(claim.work for claim in taken if claim) == works


async def test_a_claim_that_ended_is_followed_by_one_with_the_next_number(storage: Storage) -> None:
    first = await storage.claims.take("mail/1", now=NOON, until=NOON + MINUTE)
    meanwhile = await storage.claims.take("mail/1", now=NOON + MINUTE / 2, until=NOON + 2 * MINUTE)
    second = await storage.claims.take("mail/1", now=NOON + MINUTE, until=NOON + 2 * MINUTE)

    assert (first, meanwhile, second) == (Claim("mail/1", 1), None, Claim("mail/1", 2))


async def test_a_claim_lasts_as_long_as_its_holder_says(storage: Storage) -> None:
    claim = await storage.claims.take("mail/1", now=NOON, until=NOON + MINUTE)
    assert claim is not None

    await storage.claims.extend(claim, NOON + 10 * MINUTE)
    held = await storage.claims.held(["mail/1", "mail/2"], NOON + 5 * MINUTE)
    await storage.claims.extend(claim, NOON)

    assert held == {"mail/1"}
    assert await storage.claims.held(["mail/1"], NOON + MINUTE / 2) == frozenset()


async def test_a_holder_whose_claim_was_taken_over_changes_nothing(storage: Storage) -> None:
    former = await storage.claims.take("mail/1", now=NOON, until=NOON + MINUTE)
    await storage.claims.take("mail/1", now=NOON + MINUTE, until=NOON + 9 * MINUTE)
    assert former is not None

    await storage.claims.extend(former, NOON)

    assert await storage.claims.held(["mail/1"], NOON + 2 * MINUTE) == {"mail/1"}


async def test_old_claims_are_forgotten(storage: Storage) -> None:
    await storage.claims.take("old", now=NOON, until=NOON + MINUTE)
    await storage.claims.take("new", now=NOON, until=NOON + 9 * MINUTE)

    await storage.claims.forget(NOON + 2 * MINUTE)

    again = await storage.claims.take("old", now=NOON + 3 * MINUTE, until=NOON + 4 * MINUTE)
    assert again == Claim("old", 1)
    assert await storage.claims.held(["new"], NOON + 3 * MINUTE) == {"new"}
