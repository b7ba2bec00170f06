"""The composition root: makes everything, once, and runs it until it is told to stop."""

import asyncio
import random
import secrets
import signal
import time
from collections.abc import Awaitable, Callable, Collection, Coroutine
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import kopf
import structlog

from vutler_operator.cluster import Client, Cluster
from vutler_operator.errors import ClusterError, Forbidden, NotFound
from vutler_operator.handlers.memory import give_back
from vutler_operator.handlers.probes import serve_probes
from vutler_operator.handlers.watches import create_registry, create_settings
from vutler_operator.leadership import Elector, candidacy
from vutler_operator.reconcile.agent import AgentReconciler, World
from vutler_operator.reconcile.children import Children
from vutler_operator.reconcile.counted_router import CountedRouter
from vutler_operator.reconcile.dependencies import Dependencies
from vutler_operator.reconcile.follower import Follower
from vutler_operator.reconcile.intake import Intake
from vutler_operator.reconcile.llmconfig import LLMConfigReconciler
from vutler_operator.reconcile.metrics import Metrics
from vutler_operator.reconcile.queue import Backoff, Held, WorkQueue
from vutler_operator.reconcile.resync import Resync
from vutler_operator.reconcile.router_sync import RouterSync
from vutler_operator.reconcile.settled import Settled
from vutler_operator.reconcile.statuses import Statuses
from vutler_operator.reconcile.store import Store
from vutler_operator.reconcile.turns import Turns
from vutler_operator.reconcile.worker import Reconciler, Worker
from vutler_operator.resources.objects import AGENT, LLM_CONFIG
from vutler_operator.router_client import RouterClient
from vutler_operator.settings import Settings

__all__ = ["end_all", "run_operator"]

_CONCURRENCY: Final = 48
"""Reconciles at once; each waits mostly for the API server. With 12 the last of 100 agents at once has its Deployment
after 5.7 seconds, with 24 after 4.5, with 48 after 3.2 (2 cores with everything on them)."""
_CATALOGUE_SECONDS: Final = 15.0
_EARLY_SECONDS: Final = (15.0, 45.0)
"""When Agents and what they refer to are read anew after a start: what went between the first reading and the start of
kopf's watches is in no event. Once for the usual case, once for watches that a busy machine is slow to start."""
_RETRY_SECONDS: Final = 2.0
_CANCEL_SECONDS: Final = 1.0
_HELD_SECONDS: Final = 30.0

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Process:
    """The parts of a running operator."""

    store: Store
    queue: WorkQueue
    models: Held
    intake: Intake
    resync: Resync
    follower: Follower
    sync: RouterSync
    worker: Worker
    metrics: Metrics


async def run_operator(settings: Settings) -> None:
    """Stand by until it is this operator's turn, then act, until SIGTERM or SIGINT.

    A standby reads nothing but the Lease: what it had read before its turn, it would have to read again to be sure.

    Raises:
        SettingsError: there is no usable cluster configuration, or no home for the Lease.
        ClusterError: a right is missing to read what must be watched.
        LeadershipLost: another operator may act by now; everything has stopped.
    """
    stop = _stop_signal()
    async with AsyncExitStack() as stack:
        metrics = Metrics()
        elector = await stack.enter_async_context(candidacy(settings, metrics.requests))
        metrics.leader.set_function(elector.leads)
        client = await Client.connect(metrics.requests, elector.check, metrics.request_seconds)
        stack.push_async_callback(client.aclose)
        router = RouterClient(settings.router_url, settings.router_admin_token.get_secret_value(), elector.check)
        stack.push_async_callback(router.aclose)
        process = _compose(settings, Cluster(client), router, metrics)
        ready = asyncio.Event()
        port = await stack.enter_async_context(
            serve_probes(
                settings.operator_port,
                is_ready=ready.is_set,
                metrics=lambda: metrics.render(process.store),
            )
        )
        logger.info("probes and metrics", port=port)
        await _first_of(stop.wait(), elector.acquire(ready.set))
        if not stop.is_set():
            await _first_of(stop.wait(), elector.hold(), _read(process))
        if not stop.is_set():
            await _run_parts(settings, process, elector, stop, ready)


def _stop_signal() -> asyncio.Event:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


def _compose(settings: Settings, cluster: Cluster, router: RouterClient, metrics: Metrics) -> Process:
    store, dependencies = Store(), Dependencies()
    queue = WorkQueue(time.monotonic, metrics.queue_wait.observe)
    models = Held(LLM_CONFIG.kind, queue.add)
    intake = Intake(store, dependencies, models.add, settings, queue.add_first)
    sync = RouterSync(CountedRouter(router, metrics.router_seconds), intake, time.monotonic)
    metrics.watch(lambda: len(queue), sync.lag_seconds)
    turns = Turns(store, settings.operator_rollouts, _utc_now, queue.add)
    metrics.rollouts_waiting.set_function(lambda: len(turns))
    world = World(
        settings=settings,
        store=store,
        dependencies=dependencies,
        reader=cluster,
        children=Children(cluster, store),
        statuses=Statuses(cluster, store, lambda: secrets.token_hex(8), time.monotonic, queue.add_after),
        router=sync,
        turns=turns,
        settled=Settled(store),
        enqueue=models.add,
        others_wait=queue.is_asked_for_more,
        enqueue_after=queue.add_after,
        now=_utc_now,
    )
    reconcilers: dict[str, Reconciler] = {
        AGENT.kind: AgentReconciler(world),
        LLM_CONFIG.kind: LLMConfigReconciler(world),
    }
    worker = Worker(queue, reconcilers, metrics, Backoff())
    resync = Resync(cluster, store, intake, settings)
    follower = Follower(cluster, resync, intake, metrics.watch_events)
    return Process(store, queue, models, intake, resync, follower, sync, worker, metrics)


def _utc_now() -> datetime:
    return datetime.now(UTC)


async def _read(process: Process) -> None:
    """Find everything as it is, before anything is changed."""
    await _read_all(process.resync)
    await process.sync.look()
    logger.info("settling", agents=len(list(process.store.refs(AGENT.kind))))


async def _read_all(resync: Resync) -> None:
    """Read everything once; an API server that is away is waited for, a missing right is not."""
    while True:
        try:
            await resync.read_all()
        except (Forbidden, NotFound):
            raise
        except ClusterError as error:
            logger.warning("the API server is not ready", error=str(error))
            await asyncio.sleep(_RETRY_SECONDS)
        else:
            return


async def _run_parts(
    settings: Settings, process: Process, elector: Elector, stop: asyncio.Event, ready: asyncio.Event
) -> None:
    """Run kopf's watches and the loops beside them until a signal comes, the lease is lost, or one of them breaks.

    kopf's own runner is not used: at its end it waits seconds for every task it does not know, and all of ours are.
    """
    watches = await kopf.spawn_tasks(
        registry=create_registry(process.intake, process.metrics.watch_events),
        settings=create_settings(),
        clusterwide=not settings.watch_namespaces,
        namespaces=settings.watch_namespaces,
    )
    parts: list[Coroutine[object, object, object]] = [
        process.worker.run(_CONCURRENCY),
        process.sync.run(),
        process.follower.run(settings.watch_namespaces),
        _resync(process, settings.operator_resync_seconds),
        _release(process),
        elector.hold(),
        stop.wait(),
    ]
    if process.resync.needs_catalogue():
        parts.append(_follow_catalogue(process.resync))
    ready.set()
    await _first_of(*parts, watches=watches)


async def _first_of(*parts: Coroutine[object, object, object], watches: Collection[asyncio.Task[object]] = ()) -> None:
    """Run all until one ends, end the others, and raise what the first one raised."""
    tasks = {*watches, *(asyncio.create_task(part) for part in parts)}
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        await end_all(tasks)


async def end_all(tasks: Collection[asyncio.Task[object]]) -> None:
    """Cancel tasks until they have ended.

    Once is not enough: a cancellation that arrives together with what the task waits for can be lost in
    `asyncio.wait_for` (CPython issue 86296), and a loop that lost it goes on for ever. Seen once, in a test run.
    """
    while pending := [task for task in tasks if not task.done()]:
        for task in pending:
            task.cancel()
        await asyncio.wait(pending, timeout=_CANCEL_SECONDS)
    await asyncio.gather(*tasks, return_exceptions=True)


async def _release(process: Process) -> None:
    """Let LLMConfigs be reconciled once every Agent was: only then is it known how many use each."""
    with suppress(TimeoutError):
        await asyncio.wait_for(process.queue.drained(), _HELD_SECONDS)
    process.models.release()
    give_back()
    await asyncio.Event().wait()


async def _resync(process: Process, period: float) -> None:
    begun = time.monotonic()
    for early in (each for each in _EARLY_SECONDS if each < period):
        await asyncio.sleep(max(0.0, begun + early - time.monotonic()))
        await _read_again(process, process.resync.read_own)
    while True:
        await asyncio.sleep(period * random.uniform(0.9, 1.1))  # noqa: S311  spreads load, guards nothing
        await _read_again(process, process.resync.read_all)
        for kind in (AGENT, LLM_CONFIG):
            for ref in process.store.refs(kind.kind):
                process.queue.add(ref)


async def _read_again(process: Process, read: Callable[[], Awaitable[None]]) -> None:
    """Read; what differs from what is known is queued by the intake."""
    try:
        await read()
    except ClusterError as error:
        process.metrics.resyncs.labels("error").inc()
        logger.warning("resync failed", error=str(error))
    else:
        process.metrics.resyncs.labels("success").inc()
        give_back()


async def _follow_catalogue(resync: Resync) -> None:
    while True:
        await asyncio.sleep(_CATALOGUE_SECONDS)
        await resync.read_catalogue()
