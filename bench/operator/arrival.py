"""Many agents at once: from their creation until all are Ready; and a namespace that goes with all of them."""

import asyncio
import time
from collections.abc import Sequence
from typing import Final

from bench.operator.api import together
from bench.operator.manifests import agent
from bench.operator.observer import AGENTS
from bench.operator.programs import Operator
from bench.operator.results import Arrival, spread
from bench.operator.run import PATIENCE, Run
from bench.router.errors import BenchError

__all__ = ["arrive", "leave"]

_LOOK_SECONDS: Final = 0.2


async def arrive(run: Run, where: str, names: Sequence[str], operator: Operator) -> Arrival:
    """Create agents at once and wait until all are Ready and nothing is written any more."""
    observer, meter, before = run.observer, run.meter(operator), await operator.metrics()
    sent: dict[str, float] = {}

    async def create(name: str) -> None:
        sent[name] = await run.api.create(AGENTS.format(f"namespaces/{where}/"), agent(name))

    began = time.perf_counter()
    await together(create(name) for name in names)
    taken = time.perf_counter() - began
    await observer.until(lambda: observer.count_deployed(names), len(names), "Deployments", seconds=PATIENCE)
    await observer.until(lambda: observer.count_ready(names), len(names), "agents Ready", seconds=PATIENCE)
    deployed = {name: observer.deployments[name].changed for name in names}
    ready = {name: observer.agents[name].ready for name in names}
    await run.quiet(names)
    after = await operator.metrics()
    return Arrival(
        agents=len(names),
        sent=taken,
        deployments=spread([deployed[name] - sent[name] for name in names]),
        ready=spread([ready[name] - sent[name] for name in names]),
        all_deployments=max(deployed.values()) - began,
        all_ready=max(ready.values()) - began,
        counted=(after["writes"] - before["writes"]) / len(names),
        looks=(after["looks"] - before["looks"]) / len(names),
        cost=meter.read(operator.pid),
    )


async def leave(run: Run, where: str) -> float:
    """Delete a namespace and return the seconds until it is gone with all that was in it.

    Raises:
        BenchError: It stays.
    """
    began = time.perf_counter()
    await run.api.delete(f"/api/v1/namespaces/{where}")
    listed = {"fieldSelector": f"metadata.name={where}"}
    while (await run.api.get("/api/v1/namespaces", listed))["items"]:
        if time.perf_counter() - began > PATIENCE:
            raise BenchError(f"namespace {where} is still there after {PATIENCE:.0f} s")
        await asyncio.sleep(_LOOK_SECONDS)
    return time.perf_counter() - began
