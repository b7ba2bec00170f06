"""The router as a process that is killed and comes back, and what can be asked of it."""

import asyncio
import contextlib
import math
import os
import sys
import time
from asyncio.subprocess import PIPE, STDOUT, create_subprocess_exec
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from tests.chaos.marks import Marks
from tests.support.router_program import ROUTER, RouterProgram, router_program
from tests.support.running_router import ADMIN_TOKEN

__all__ = ["Absence", "KilledRouter"]

_BACK_SECONDS = 180.0
_STILL_SECONDS = 60.0
_RECONCILED_SECONDS = 300.0
_LOG_CHARACTERS = 3_000
_WAITING = "vutler_ledger_rows_waiting"
_CAPTURED = "vutler_ledger_capture_ratio"
_ADMIN = {"authorization": f"Bearer {ADMIN_TOKEN}"}


@dataclass(slots=True)
class Absence:
    """From a kill until the router was ready again, on the monotonic clock."""

    killed: float
    back: float = math.inf


class KilledRouter:
    """One data folder and one port, and a process whenever there is one.

    Args:
        folder: Its data and its log go there.
        environment: Its settings.

    Attributes:
        absences: When it was killed.
        present: Set while it is ready.
    """

    def __init__(self, folder: Path, port: int, environment: Mapping[str, str]) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.absences: list[Absence] = []
        self.present = asyncio.Event()
        self._folder = folder
        self._port = port
        self._environment = dict(environment)
        self._program: RouterProgram | None = None
        self._running = contextlib.AsyncExitStack()

    async def start(self) -> None:
        """Start it, again and again until its database lets it."""
        async with asyncio.timeout(_BACK_SECONDS):
            while True:
                with contextlib.suppress(AssertionError, TimeoutError):
                    starting = router_program(self._folder, self._port, **self._environment)
                    self._program = await self._running.enter_async_context(starting)
                    break
                await asyncio.sleep(0.2)
        self.present.set()
        for absence in self.absences[-1:]:
            absence.back = time.monotonic()

    def kill(self) -> None:
        """Kill it (SIGKILL), at once."""
        assert self._program is not None
        self._program.process.kill()
        self.absences.append(Absence(time.monotonic()))
        self.present.clear()

    async def gone(self) -> None:
        """Wait until it was killed."""
        assert self._program is not None
        await self._program.process.wait()

    async def stop(self) -> None:
        """Let nothing of it be left."""
        await self._running.aclose()

    async def agents(self, marks: Marks, plan_agents: int, tier: str) -> Mapping[str, str]:
        """Make agents, the last ones on a plan and all others on keys of their own; return their tokens by name."""
        tokens = {}
        async with self._http() as http:
            for place in range(marks.agents):
                name = marks.name(place)
                created = await http.post("/api/v1/agents", json={"id": name})
                planned = place >= marks.agents - plan_agents
                settings = {"managed": True, "tier": tier} if planned else _own_keys(place)
                stored = await http.put(f"/api/v1/agents/{name}/llm-config", json=settings)
                stored.raise_for_status()
                tokens[name] = created.raise_for_status().json()["token"]
        return tokens

    async def quiet(self, say: Callable[[str], None]) -> str:
        """Wait until every row is in the database; return what is wrong if nothing moves any more."""
        said, fewest, since = "", math.inf, time.monotonic()
        async with self._http() as http:
            while time.monotonic() < since + _STILL_SECONDS:
                said = (await http.get("/metrics")).text
                waiting = _value(said, _WAITING)
                if waiting == 0:
                    captured = _value(said, _CAPTURED)
                    return "" if captured == 1 else f"{_CAPTURED} is {captured} after all rows were written"
                if waiting < fewest:
                    say(f"{waiting:,.0f} rows wait for the database")
                    fewest, since = waiting, time.monotonic()
                await asyncio.sleep(0.25)
        figures = [line for line in said.splitlines() if line.startswith(("vutler_ledger", "vutler_requests"))]
        return "\n".join(["rows still wait for the database:", *figures, self.log()])

    async def summary(self) -> Mapping[str, Any]:
        """Return everybody's use of the month."""
        async with self._http() as http:
            answer = await http.get("/api/v1/usage/summary", params={"period": "month"})
            found: Mapping[str, Any] = answer.raise_for_status().json()
            return found

    async def reconcile(self) -> str:
        """Let the router's own command compare the books; return what it has to say against them.

        It is told the days: FerretDB v1 looks for a day's rows without an index, and most days have none.
        """
        yesterday = datetime.now(UTC).date() - timedelta(days=1)
        data = str(self._folder / "data")
        variables = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROUTER), "ROUTER_DATA_DIR": data}
        command = (sys.executable, "-m", "vutler_router", "reconcile", "--from", yesterday.isoformat())
        process = await create_subprocess_exec(*command, env=variables | self._environment, stdout=PIPE, stderr=STDOUT)
        try:
            async with asyncio.timeout(_RECONCILED_SECONDS):
                said, _ = await process.communicate()
        except TimeoutError:
            process.kill()
            await process.wait()
            return f"reconcile did not end within {_RECONCILED_SECONDS:g} s"
        return f"reconcile ended with {process.returncode}: {said.decode()}" if process.returncode else ""

    def log(self) -> str:
        """Return the end of its log, since it was last started."""
        return (self._folder / "router.log").read_text()[-_LOG_CHARACTERS:]

    def _http(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=self.url, headers=_ADMIN, timeout=30)


def _own_keys(place: int) -> Mapping[str, Any]:
    return {
        "provider": "openai",
        "model": "gpt-4o-mini",
        "api_key": f"sk-of-agent-{place}-0123456789",
        "fallbacks": [{"provider": "mistral", "model": "mistral-small", "api_key": f"key-of-agent-{place}-0123"}],
    }


def _value(metrics: str, name: str) -> float:
    """Return a metric without labels."""
    return next(float(line.split()[-1]) for line in metrics.splitlines() if line.startswith(f"{name} "))
