"""The composition root: makes everything, once, and runs it until it is told to stop."""

import asyncio
import random
import secrets
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import kopf
import structlog

from vutler_operator.cluster import Client, Cluster
from vutler_operator.errors import ClusterError, Forbidden, NotFound
from vutler_operator.handlers.probes import serve_probes
from vutler_operator.handlers.watches import create_registry, create_settings
from vutler_operator.reconcile.agent import AgentReconciler, World
from vutler_operator.reconcile.children import Children
from vutler_operator.reconcile.dependencies import Dependencies
from vutler_operator.reconcile.intake import Intake
from vutler_operator.reconcile.llmconfig import LLMConfigReconciler
from vutler_operator.reconcile.metrics import Metrics
from vutler_operator.reconcile.queue import Backoff, WorkQueue
from vutler_operator.reconcile.resync import Resync
from vutler_operator.reconcile.router_sync import RouterSync
from vutler_operator.reconcile.statuses import Statuses
from vutler_operator.reconcile.store import Store
from vutler_operator.reconcile.worker import Reconciler, Worker
from vutler_operator.resources.objects import AGENT, LLM_CONFIG
from vutler_operator.router_client import RouterClient
from vutler_operator.settings import Settings

__all__ = ["run_operator"]

_CONCURRENCY: Final = 24
"""Reconciles at once; each waits mostly for the API server."""
_RESYNC_SECONDS: Final = 600.0
_CATALOGUE_SECONDS: Final = 15.0
_RETRY_SECONDS: Final = 2.0

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Process:
    """The parts of a running operator."""

    store: Store
    queue: WorkQueue
    intake: Intake
    resync: Resync
    sync: RouterSync
    worker: Worker
    metrics: Metrics


async def run_operator(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT.

    Raises:
        SettingsError: there is no usable cluster configuration.
        ClusterError: a right is missing to read what must be watched.
    """
    async with AsyncExitStack() as stack:
        metrics = Metrics()
        client = await Client.connect(metrics.requests)
        stack.push_async_callback(client.aclose)
        router = RouterClient(settings.router_url, settings.router_admin_token.get_secret_value())
        stack.push_async_callback(router.aclose)
        process = _compose(settings, Cluster(client), router, metrics)
        started = asyncio.Event()
        port = await stack.enter_async_context(
            serve_probes(
                settings.operator_port,
                is_ready=started.is_set,
                metrics=lambda: metrics.render(process.store),
            )
        )
        logger.info("probes and metrics", port=port)
        await _read_all(process.resync)
        logger.info("settling", agents=len(list(process.store.refs(AGENT.kind))))
        await _run_parts(settings, process, started)


def _compose(settings: Settings, cluster: Cluster, router: RouterClient, metrics: Metrics) -> Process:
    store, dependencies = Store(), Dependencies()
    queue = WorkQueue(time.monotonic)
    intake = Intake(store, dependencies, queue.add, settings)
    sync = RouterSync(router, intake, time.monotonic)
    metrics.watch(lambda: len(queue), sync.lag_seconds)
    world = World(
        settings=settings,
        store=store,
        dependencies=dependencies,
        reader=cluster,
        children=Children(cluster, store),
        statuses=Statuses(cluster, store, lambda: secrets.token_hex(8)),
        router=sync,
        enqueue=queue.add,
        enqueue_after=queue.add_after,
        now=lambda: datetime.now(UTC),
    )
    reconcilers: dict[str, Reconciler] = {
        AGENT.kind: AgentReconciler(world),
        LLM_CONFIG.kind: LLMConfigReconciler(world),
    }
    worker = Worker(queue, reconcilers, metrics, Backoff())
    return Process(store, queue, intake, Resync(cluster, store, intake, settings), sync, worker, metrics)


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


async def _run_parts(settings: Settings, process: Process, started: asyncio.Event) -> None:
    """Run kopf's watches, which end on a signal, and the loops beside them."""
    loops = [
        asyncio.create_task(process.worker.run(_CONCURRENCY), name="workers"),
        asyncio.create_task(process.sync.run(), name="router sync"),
        asyncio.create_task(_resync(process), name="resync"),
    ]
    if process.resync.needs_catalogue():
        loops.append(asyncio.create_task(_follow_catalogue(process.resync), name="catalogue"))
    watches = asyncio.create_task(
        kopf.operator(
            registry=create_registry(process.intake),
            settings=create_settings(),
            clusterwide=not settings.watch_namespaces,
            namespaces=settings.watch_namespaces,
        ),
        name="watches",
    )
    started.set()
    try:
        done, _ = await asyncio.wait([watches, *loops], return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in (watches, *loops):
            task.cancel()
        await asyncio.gather(watches, *loops, return_exceptions=True)


async def _resync(process: Process) -> None:
    while True:
        await asyncio.sleep(_RESYNC_SECONDS * random.uniform(0.9, 1.1))  # noqa: S311  spreads load, guards nothing
        try:
            await process.resync.read_all()
        except ClusterError as error:
            logger.warning("resync failed", error=str(error))
        for kind in (AGENT, LLM_CONFIG):
            for ref in process.store.refs(kind.kind):
                process.queue.add(ref)


async def _follow_catalogue(resync: Resync) -> None:
    while True:
        await asyncio.sleep(_CATALOGUE_SECONDS)
        await resync.read_catalogue()
