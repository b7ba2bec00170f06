"""What a process has claimed and cannot finish is free the moment it stops, not when the claim would have ended."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from vutler_router.domain.claim_store import Claim
from vutler_router.services.claimed_work import ClaimedWork, Pace, Steps

NOW = datetime(2026, 11, 27, tzinfo=UTC)
PACE = Pace(2, 0.01, 0.05, timedelta(seconds=10), timedelta(minutes=30))


class Claims:
    """Claims in memory; taking one waits until the test lets it."""

    def __init__(self) -> None:
        self.until: dict[str, datetime] = {}
        self.asked = asyncio.Event()
        self.may_take = asyncio.Event()

    async def held(self, works: Sequence[str], now: datetime) -> frozenset[str]:
        return frozenset(work for work in works if self.until.get(work, now) > now)

    async def take(self, work: str, *, now: datetime, until: datetime) -> Claim | None:
        self.asked.set()
        await self.may_take.wait()
        assert self.until.get(work, now) <= now
        self.until[work] = until
        return Claim(work, 1)

    async def extend(self, claim: Claim, until: datetime) -> None:
        self.until[claim.work] = until

    async def forget(self, before: datetime) -> None:
        raise NotImplementedError


class Letters:
    """One letter that waits, and what comes of posting it."""

    def __init__(self, claims: Claims, *, takes_for_ever: bool = False) -> None:
        self.posted = asyncio.Event()
        self._takes_for_ever = takes_for_ever
        steps: Steps[str] = Steps(self._waiting, lambda letter: letter, lambda letter: letter, self._post)
        self.work = ClaimedWork("letters", steps, claims, lambda: NOW, PACE)

    async def _waiting(self) -> Sequence[str]:
        return ["letter"]

    async def _post(self, _letter: str, attempt: int) -> bool:
        assert attempt == 1
        self.posted.set()
        if self._takes_for_ever:
            await asyncio.Event().wait()
        return False


async def test_what_is_under_way_when_it_stops() -> None:
    claims = Claims()
    claims.may_take.set()
    letters = Letters(claims, takes_for_ever=True)

    async with letters.work.running():
        await letters.posted.wait()
        assert claims.until["letter"] > NOW

    assert claims.until == {"letter": NOW}


async def test_what_is_claimed_while_it_stops_is_not_even_begun() -> None:
    claims = Claims()
    letters = Letters(claims)

    async with letters.work.running():
        await claims.asked.wait()
        asyncio.get_running_loop().call_later(0.05, claims.may_take.set)

    assert claims.until == {"letter": NOW}
    assert not letters.posted.is_set()


async def test_what_failed_is_done_again_after_the_pause_of_its_attempt() -> None:
    claims = Claims()
    claims.may_take.set()
    letters = Letters(claims)

    async with letters.work.running():
        await letters.posted.wait()

    assert claims.until == {"letter": NOW + PACE.first_pause}
