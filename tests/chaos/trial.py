"""One run: a router under load, killed and cut off from its database meanwhile, and the books compared afterwards."""

import asyncio
import contextlib
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pymongo.errors import PyMongoError

from tests.chaos.callers import Callers, Sight
from tests.chaos.databases import Database
from tests.chaos.fates import Fates
from tests.chaos.marks import Marks
from tests.chaos.router import KilledRouter
from tests.chaos.upstream import MANAGED_KEY, Providers
from tests.chaos.verdict import Evidence, Verdict, judge

__all__ = ["Chaos", "run_chaos"]

_INCLUDED_TOKENS = 1_000_000
_PRICE_PER_MILLION = 3
_NANOS_PER_MILLIONTH = 1_000
_TIER = "small"
_TIERS = f"""
tiers:
  - {{id: {_TIER}, name: Small, price_monthly: 5, included_tokens: {_INCLUDED_TOKENS},
     overage_per_million: {_PRICE_PER_MILLION}, description: A plan that is soon used up.,
     models: [openai/gpt-4o-mini, mistral/mistral-small]}}
"""
_PLAN_AGENTS = 4
_MARKS = Marks(agents=34)
_EARLY, _OUTAGE, _LATE, _CRASH = 0.1, 0.15, 0.7, 0.95
"""When things break, as shares of the requests; from `_LATE` on are the kills after the outage."""

_SPECIAL = 2
"""Kills before the outage and in it; further ones come later."""

_NEARLY = 0.95
_GLANCE_SECONDS = 1.0
_PATIENCE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Chaos:
    """How bad it gets.

    Attributes:
        requests: How many.
        concurrency: So many at once.
        kills: How often the router is killed, spread over the run.
        outage: Seconds without a database.
        seed: Decides every request's fate.
        slowness: About how many seconds answers take.
    """

    requests: int = 10_000
    concurrency: int = 64
    kills: int = 3
    outage: float = 60.0
    seed: int = 1
    slowness: float = 0.6


async def run_chaos(
    folder: Path, port: int, database: Database, chaos: Chaos, say: Callable[[str], None] = lambda _: None
) -> Verdict:
    """Run the load and everything that goes wrong, wait until it is quiet, and compare."""
    tiers = folder / "tiers.yaml"
    tiers.write_text(_TIERS)
    fates = Fates(chaos.seed, chaos.slowness)
    async with Providers(fates).running() as providers:
        variables = {
            "PROVIDER_URL_OPENAI": f"{providers.url}/openai/v1",
            "PROVIDER_URL_MISTRAL": f"{providers.url}/mistral/v1",
            "MANAGED_LLM_KEY_OPENAI": MANAGED_KEY,
            "MANAGED_LLM_KEY_MISTRAL": MANAGED_KEY,
            "TIERS_FILE": str(tiers),
            "ROUTER_DATABASE_TIMEOUT": f"{database.patience(chaos.requests):g}",
        }
        router = KilledRouter(folder, port, variables | dict(database.environment))
        await router.start()
        try:
            tokens = await router.agents(_MARKS, _PLAN_AGENTS, _TIER)
            run = _Run(chaos, router, database, Callers(router.url, router.present, tokens, fates, _MARKS), say)
            await run.to_the_end()
            say("the load is over")
            unquiet, summary = await router.quiet(say), await router.summary()
            books = await asyncio.to_thread(database.read)
            say("waiting for `vutler-router reconcile`")
            unreconciled = await router.reconcile()
        finally:
            await router.stop()
    plan = _INCLUDED_TOKENS, _PRICE_PER_MILLION * _NANOS_PER_MILLIONTH
    seen, attempts = run.callers.seen, providers.attempts
    verdict = judge(Evidence(fates, _MARKS, plan, seen, attempts, router.absences, books, summary))
    verdict.figures["answers seen whole whose rows only the journal had at a kill"] = run.only_in_journal
    verdict.differences[:0] = filter(None, [unquiet, unreconciled])
    if run.missed:
        verdict.differ(f"nobody asked any more at {run.missed} of the kills: let there be more requests")
    return verdict


@dataclass(slots=True)
class _Run:
    """The load, and what goes wrong beside it.

    Attributes:
        only_in_journal: Answers that callers had seen whole and that no database knew of when the router was killed.
        missed: Kills for which it was too late.
    """

    chaos: Chaos
    router: KilledRouter
    database: Database
    callers: Callers
    say: Callable[[str], None]
    only_in_journal: int = 0
    missed: int = 0

    async def to_the_end(self) -> None:
        """Return when every request is over and everything is back."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._break_things())
            group.create_task(self.callers.run(self.chaos.requests, self.chaos.concurrency))

    async def _break_things(self) -> None:
        """Kill and cut off in turn.

        A router does not start without its database, so the kill in the outage comes near its end, or when too few
        requests are left for the later ones.
        """
        chance = random.Random(self.chaos.seed)  # noqa: S311 - repeatable on purpose
        shares = sorted(_LATE + (_CRASH - _LATE) * chance.random() for _ in range(self.chaos.kills - _SPECIAL))
        if self.chaos.kills > 0:
            await self._kill_at(_EARLY * (0.5 + 0.5 * chance.random()))
        await self._progress(_OUTAGE)
        await self._be_away(kill=self.chaos.kills > 1)
        for share in shares:
            await self._kill_at(share)
        await self._progress(_CRASH)
        self._tell("kill -9 of the database, if it is a server")
        await self.database.crash()

    async def _be_away(self, *, kill: bool) -> None:
        self._tell(f"the database is away for {self.chaos.outage:g} s")
        async with asyncio.TaskGroup() as group:
            group.create_task(self.database.be_away(self.chaos.outage))
            if kill:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_NEARLY * self.chaos.outage):
                        await self._progress(_LATE)
                await self._kill_at(0)
        self._tell("the database is back")

    async def _kill_at(self, share: float) -> None:
        """Kill the router in the worst moment: when somebody has just seen the end of an answer."""
        await self._progress(share)
        if len(self.callers.seen) == self.chaos.requests:
            self.missed += 1
            return
        self.callers.at_next_end = self.router.kill
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await self.router.gone()
        if self.callers.at_next_end is not None:
            self.callers.at_next_end = None
            self.router.kill()
        await self.router.gone()
        self._tell("kill -9 of the router")
        await self._compare_journal()
        await self.router.start()
        self._tell("the router is back")

    async def _progress(self, share: float) -> None:
        """Wait until such a share of all requests is over."""
        while len(self.callers.seen) < share * self.chaos.requests:  # noqa: ASYNC110 - only a count tells
            await asyncio.sleep(0.01)

    async def _compare_journal(self) -> None:
        """Count what would be lost now without the journal; a server that is held still cannot be asked."""
        whole = {one.request_id for one in self.callers.seen if one.sight is Sight.WHOLE}
        with contextlib.suppress(PyMongoError):
            books = await asyncio.to_thread(self.database.read, _GLANCE_SECONDS)
            self.only_in_journal += len(whole - {row["request_id"] for row in books.rows})

    def _tell(self, what: str) -> None:
        self.say(f"{len(self.callers.seen):>6,} of {self.chaos.requests:,} requests are over: {what}")
