"""One run: a router under load, killed and cut off from its database meanwhile."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.chaos.books import Database
from tests.chaos.callers import Callers
from tests.chaos.upstream import MANAGED_KEY, Providers
from tests.chaos.verdict import Verdict, judge
from tests.support.router_program import RouterProgram, router_program, run_to_end
from tests.support.running_router import ADMIN_TOKEN

__all__ = ["Chaos", "run_chaos"]

_TIERS = """
tiers:
  - {id: small, name: Small, price_monthly: 5, included_tokens: 2000000, overage_per_million: 3,
     description: A plan that is soon used up., models: [openai/gpt-4o-mini, mistral/mistral-small]}
"""
_BYOKEY_AGENTS = 30
_PLAN_AGENTS = 4
_FIRST_KILL = 0.1
_OUTAGE = 0.2
_NEARLY = 0.95
_LAST_KILL = 0.9
"""When things break, as shares of the requests, and of the outage for the kill in it."""

_ALWAYS = 2
"""Kills that fall outside the outage; a third one falls into it."""

_BACK_SECONDS = 120.0
_QUIET_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Chaos:
    """How bad it gets.

    Attributes:
        requests: How many.
        concurrency: So many at once.
        kills: How often the router is killed, at most three times.
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


@dataclass(slots=True)
class Router:
    """A router that comes back whenever it was killed."""

    folder: Path
    port: int
    environment: dict[str, str]
    program: RouterProgram | None = None
    killed_at: list[float] = field(default_factory=list)
    stack: contextlib.AsyncExitStack = field(default_factory=contextlib.AsyncExitStack)

    @property
    def url(self) -> str:
        """Its address, whether it runs or not."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Start it, again and again until its database lets it."""
        async with asyncio.timeout(_BACK_SECONDS):
            while True:
                with contextlib.suppress(AssertionError):
                    starting = router_program(self.folder, self.port, **self.environment)
                    self.program = await self.stack.enter_async_context(starting)
                    return
                await asyncio.sleep(0.2)

    async def kill(self) -> None:
        """Kill it (SIGKILL) and start it again."""
        assert self.program is not None
        self.killed_at.append(time.monotonic())
        self.program.process.kill()
        await self.program.process.wait()
        await self.start()


async def run_chaos(
    folder: Path,
    port: int,
    database: Database,
    chaos: Chaos,
    environment: Mapping[str, str],
    say: Callable[[str], None] = lambda _: None,
) -> Verdict:
    """Run the load and everything that goes wrong, wait until it is quiet, and compare."""
    tiers = folder / "tiers.yaml"
    tiers.write_text(_TIERS)
    async with Providers(chaos.seed, chaos.slowness).running() as providers:
        variables = {
            "PROVIDER_URL_OPENAI": f"{providers.url}/first/v1",
            "PROVIDER_URL_MISTRAL": f"{providers.url}/second/v1",
            "MANAGED_LLM_KEY_OPENAI": MANAGED_KEY,
            "MANAGED_LLM_KEY_MISTRAL": MANAGED_KEY,
            "TIERS_FILE": str(tiers),
            "ROUTER_DATABASE_TIMEOUT": "2",
            **environment,
        }
        router = Router(folder, port, variables)
        async with router.stack:
            await router.start()
            async with httpx.AsyncClient(base_url=router.url, timeout=30) as http:
                callers = Callers(router.url, await _agents(http), chaos.seed, chaos.slowness)
                await _load(router, database, callers, chaos, say)
                say("load is over; waiting for the last rows")
                waiting = await _quiet(http)
                summary = await _summary(http)
            verdict = judge(callers.seen, router.killed_at, providers.told, database.read(), summary)
            status, said = await run_to_end("reconcile", **variables, ROUTER_DATA_DIR=str(folder / "data"))
        if waiting:
            verdict.differences.insert(0, f"{waiting} rows still wait; the router says: {_tail(folder)}")
        if status:
            verdict.differ(f"reconcile ended with {status}: {said[-600:]}")
    return verdict


async def _load(router: Router, database: Database, callers: Callers, chaos: Chaos, say: Callable[[str], None]) -> None:
    """Let callers call while things break: a kill, an outage with a kill near its end, a kill."""
    loading = asyncio.create_task(callers.run(chaos.requests, chaos.concurrency))

    async def kill_after(share: float) -> None:
        await _progress(callers, loading, share * chaos.requests)
        say(f"{len(callers.seen):,} requests are over: kill -9")
        await router.kill()

    if chaos.kills > 0:
        await kill_after(_FIRST_KILL)
    await _progress(callers, loading, _OUTAGE * chaos.requests)
    say(f"{len(callers.seen):,} requests are over: the database is away for {chaos.outage:g} s")
    away = asyncio.create_task(database.be_away(chaos.outage))
    await asyncio.sleep(_NEARLY * chaos.outage)
    if chaos.kills > _ALWAYS:
        await kill_after(0)
    await away
    say(f"{len(callers.seen):,} requests are over: the database is back")
    if chaos.kills > 1:
        await kill_after(_LAST_KILL)
    await loading


async def _progress(callers: Callers, loading: "asyncio.Task[None]", requests: float) -> None:
    """Wait until so many requests are over."""
    while len(callers.seen) < requests and not loading.done():  # noqa: ASYNC110 - only a count tells
        await asyncio.sleep(0.02)


async def _quiet(http: httpx.AsyncClient) -> int:
    """Wait until every row is in the database; return how many are not after a minute."""
    waiting = -1
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_QUIET_SECONDS):
            while waiting:
                await asyncio.sleep(0.5)
                lines = (await http.get("/metrics", headers=_ADMIN)).text.splitlines()
                waiting = sum(int(float(line.split()[-1])) for line in lines if line.startswith(_WAITING))
    return waiting


async def _summary(http: httpx.AsyncClient) -> dict[str, Any]:
    answer = await http.get("/api/v1/usage/summary", params={"period": "month"}, headers=_ADMIN)
    found: dict[str, Any] = answer.raise_for_status().json()
    return found


async def _agents(http: httpx.AsyncClient) -> Sequence[str]:
    """Make agents on keys of their own and on a plan; return their tokens."""
    tokens = []
    for number in range(_BYOKEY_AGENTS + _PLAN_AGENTS):
        name = f"team-{number % 3}.agent-{number}"
        created = await http.post("/api/v1/agents", json={"id": name}, headers=_ADMIN)
        own = {
            "provider": "openai",
            "model": "gpt-4o-mini",
            "api_key": f"sk-of-agent-{number}-0123456789",
            "fallbacks": [{"provider": "mistral", "model": "mistral-small", "api_key": f"key-of-agent-{number}-0123"}],
        }
        settings = own if number < _BYOKEY_AGENTS else {"managed": True, "tier": "small"}
        stored = await http.put(f"/api/v1/agents/{name}/llm-config", json=settings, headers=_ADMIN)
        stored.raise_for_status()
        tokens.append(created.raise_for_status().json()["token"])
    return tokens


def _tail(folder: Path) -> str:
    return (folder / "router.log").read_text()[-3_000:]


_WAITING = "vutler_ledger_rows_waiting "
_ADMIN = {"authorization": f"Bearer {ADMIN_TOKEN}"}
