"""What happens to agents that are there: nothing, one change, many changes, another operator."""

import asyncio
import time
from collections.abc import Awaitable, Sequence
from typing import Final

from bench.operator.api import Manifest, together
from bench.operator.manifests import TEMPLATE, new_image, new_variable, template_change
from bench.operator.observer import AGENTS
from bench.operator.programs import Operator, running_operator
from bench.operator.results import Change, Cost, Edits, Restart, spread
from bench.operator.run import PATIENCE, Run

__all__ = ["change_image", "change_template", "edit", "idle", "restart"]

_ROUTER_SECONDS: Final = 11.0
"""The operator looks at the router every ten seconds."""
_BETWEEN_SECONDS: Final = 0.3


async def idle(run: Run, operator: Operator) -> Cost:
    """Do nothing."""
    meter = run.meter(operator)
    await asyncio.sleep(run.options.idle)
    return meter.read(operator.pid)


async def edit(run: Run, where: str, names: Sequence[str], operator: Operator) -> Edits:
    """Change one agent after another, each when the one before has settled."""
    meter, took = run.meter(operator), []
    for number in range(run.options.edits):
        name = names[number % len(names)]
        began = time.perf_counter()
        await _followed(run, [name], _patch(run, where, name, new_variable(str(number))))
        took.append(run.observer.deployments[name].changed - began)
        await run.quiet([name], seconds=_BETWEEN_SECONDS)
    return Edits(spread(took), meter.read(operator.pid))


async def change_image(run: Run, where: str, names: Sequence[str], operator: Operator) -> Change:
    """Give some agents another image at once."""
    chosen = names[: run.options.images]
    work = together(_patch(run, where, name, new_image()) for name in chosen)
    return await _change(run, chosen, operator, work)


async def change_template(run: Run, where: str, names: Sequence[str], operator: Operator) -> Change:
    """Change the template of all agents."""
    path = f"/apis/vutler.io/v1alpha1/namespaces/{where}/agenttemplates/{TEMPLATE}"
    return await _change(run, names, operator, run.api.merge(path, template_change("1")))


async def restart(run: Run, names: Sequence[str]) -> Restart:
    """Start an operator over agents that are as they should be."""
    await run.quiet(names)
    meter = run.meter(None)
    with running_operator(run.cluster, run.router, run.options, run.folder) as operator:
        settled = await operator.settled(len(names), seconds=PATIENCE)
        await asyncio.sleep(_ROUTER_SECONDS)
        return Restart(settled, meter.read(operator.pid))


async def _change(run: Run, names: Sequence[str], operator: Operator, work: Awaitable[object]) -> Change:
    meter, began, observer = run.meter(operator), time.perf_counter(), run.observer
    await _followed(run, names, work)
    deployed = spread([observer.deployments[name].changed - began for name in names])
    ready = spread([max(observer.agents[name].ready, observer.deployments[name].rolled_out) - began for name in names])
    await run.quiet(names)
    return Change(len(names), deployed, ready, meter.read(operator.pid))


async def _followed(run: Run, names: Sequence[str], work: Awaitable[object]) -> None:
    """Do something and wait until the Deployments of these agents have changed and all is Ready again."""
    observer = run.observer
    before = {name: observer.deployments[name].generation for name in names}
    await work

    def done() -> int:
        changed = [name for name in names if observer.deployments[name].generation > before[name]]
        return sum(observer.deployments[name].is_rolled_out and observer.agents[name].is_ready for name in changed)

    await observer.until(done, len(names), "agents rolled and Ready", seconds=PATIENCE)


def _patch(run: Run, where: str, name: str, change: Manifest) -> Awaitable[object]:
    return run.api.merge(f"{AGENTS.format(f'namespaces/{where}/')}/{name}", change)
