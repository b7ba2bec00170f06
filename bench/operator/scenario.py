"""The story: batches of agents arrive and leave; the last one stays and lives through everything else."""

from collections.abc import Callable, Sequence
from pathlib import Path

from bench.operator.api import Api
from bench.operator.arrival import arrive, leave
from bench.operator.audit import AuditLog
from bench.operator.cluster import BenchCluster
from bench.operator.manifests import BASICS, namespace
from bench.operator.observer import observing
from bench.operator.options import Options
from bench.operator.phases import change_image, change_template, edit, idle, restart
from bench.operator.programs import Operator, Router, running_operator
from bench.operator.results import Results
from bench.operator.run import Run

__all__ = ["run_scenario"]


async def run_scenario(
    options: Options, cluster: BenchCluster, router: Router, folder: Path, say: Callable[[str], None]
) -> Results:
    """Measure everything that was asked for.

    Raises:
        BenchError: Something did not happen in time.
    """
    api = Api.connect(cluster)
    try:
        async with observing(api, say) as observer:
            run = Run(options, cluster, router, folder, api, observer, AuditLog(cluster.audit), say)
            for number, count in enumerate(options.agents):
                await _batch(run, f"bench-{number}", count, last=number == len(options.agents) - 1)
            return run.results
    finally:
        await api.aclose()


async def _batch(run: Run, where: str, count: int, *, last: bool) -> None:
    names = [f"{where}-agent-{number:04d}" for number in range(count)]
    await run.api.create("/api/v1/namespaces", namespace(where))
    for path, obj in BASICS:
        await run.api.create(path.format(where), obj)
    with running_operator(run.cluster, run.router, run.options, run.folder) as operator:
        run.say(f"{count} agents at once")
        arrival = await arrive(run, where, names, operator)
        run.results.arrivals.append(arrival)
        run.say(f"  Deployments in {arrival.all_deployments:.1f} s, Ready in {arrival.all_ready:.1f} s")
        if last:
            await _live(run, where, names, operator)
        else:
            run.say("deleting their namespace")
            run.results.gone[count] = await leave(run, where)
    if last and "restart" in run.options.phases:
        run.say(f"restart with {count} settled agents")
        run.results.restart = await restart(run, names)


async def _live(run: Run, where: str, names: Sequence[str], operator: Operator) -> None:
    options, results = run.options, run.results
    if "idle" in options.phases:
        run.say(f"idle for {options.idle:.0f} s")
        results.idle = await idle(run, operator)
    if "edit" in options.phases:
        run.say(f"{options.edits} single changes, one after another")
        results.edits = await edit(run, where, names, operator)
    if "image" in options.phases:
        run.say(f"a new image for {min(options.images, len(names))} agents")
        results.image = await change_image(run, where, names, operator)
    if "template" in options.phases:
        run.say(f"a change of the template of {len(names)} agents")
        results.template = await change_template(run, where, names, operator)
