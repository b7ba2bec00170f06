"""The composition root: every long-lived object of the process is made here, once, and closed here."""

import asyncio
import contextlib
import random
import time
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from vutler_router.domain.plans import Plans, load_plans
from vutler_router.keys.first_start import admin_token, master_keys
from vutler_router.keys.sealing import Sealer
from vutler_router.metering.prices import PriceTable, load_prices
from vutler_router.metering.writer import LedgerWriter
from vutler_router.providers.client import HttpTransport
from vutler_router.providers.echo import EchoTransport
from vutler_router.providers.ports import Timeouts
from vutler_router.providers.transports import SchemeTransport
from vutler_router.routing.breaker import Breakers
from vutler_router.routing.catalog import Catalogue, load_catalogue
from vutler_router.services.agent_chat import AgentChat
from vutler_router.services.agent_gateway import AgentGateway
from vutler_router.services.agents import AgentService
from vutler_router.services.answering.attempts import Attempts
from vutler_router.services.answering.credits import CreditsReader
from vutler_router.services.answering.metrics import RequestMetrics
from vutler_router.services.answering.service import ModelService
from vutler_router.services.answering.settling import Settling
from vutler_router.services.answering.targets import Targets
from vutler_router.services.answering.trial import ModelTrial
from vutler_router.services.breaker_sharing import BreakerSharing
from vutler_router.services.callers import Callers
from vutler_router.services.directory import AgentDirectory
from vutler_router.services.model_settings import ModelSettingsService
from vutler_router.services.readiness import Readiness
from vutler_router.services.settings_builder import SettingsBuilder
from vutler_router.services.usage import UsageService
from vutler_router.settings import Settings
from vutler_router.storage import open_storage

__all__ = ["Process", "new_request_id", "open_process", "utc_now"]


@dataclass(frozen=True, slots=True)
class Process:
    """What lives as long as the process does.

    Attributes:
        minted_admin_token: The admin token if this start made it, to be told once; else None.
    """

    settings: Settings
    directory: AgentDirectory
    callers: Callers
    agents: AgentService
    model_settings: ModelSettingsService
    models: ModelService
    breakers: Breakers
    agent_chat: AgentChat
    gateway: AgentGateway
    trial: ModelTrial
    usage: UsageService
    plans: Plans
    prices: PriceTable
    catalogue: Catalogue
    metrics: RequestMetrics
    readiness: Readiness
    minted_admin_token: str | None = field(default=None, repr=False)


def utc_now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


def new_request_id() -> str:
    """Make a request id, by which rows are counted; it begins with the time, so that their index grows at its end."""
    milliseconds = time.time_ns() // 1_000_000
    return f"req_{milliseconds:012x}{random.getrandbits(80):020x}"


@contextlib.asynccontextmanager
async def open_process(settings: Settings) -> AsyncIterator[Process]:
    """Open everything for the life of the block; at its end usage rows are written before the database is closed.

    Raises:
        BrokenFile: A configuration or secret file cannot be used.
        StorageError: The database cannot be opened.
    """
    token, minted = admin_token(settings)
    sealer = Sealer(master_keys(settings))
    plans, prices = load_plans(settings.tiers_file), load_prices(settings.prices_file)
    timeouts = Timeouts(settings.connect_timeout, settings.idle_timeout, settings.total_timeout)
    async with contextlib.AsyncExitStack() as stack:
        storage = await open_storage(settings)
        stack.push_async_callback(storage.aclose)
        directory = AgentDirectory(storage.agents, sealer)
        await directory.load()
        stack.callback(asyncio.create_task(directory.follow(), name="directory").cancel)
        ledger = LedgerWriter(storage.ledger, writer_id=uuid.uuid4().hex, capacity=settings.ledger_queue)
        ledger.start()
        stack.push_async_callback(ledger.aclose)
        http = await stack.enter_async_context(HttpTransport.opened(settings.allowed_private_endpoints, timeouts))
        transport = SchemeTransport(http, EchoTransport())
        metrics = RequestMetrics(lambda: ledger.waiting, lambda: len(directory), lambda: breakers.open_count)
        attempts = Attempts(transport, utc_now, time.monotonic, settings.total_timeout)
        settling = Settling(ledger, prices, metrics, utc_now)
        targets = Targets(settings, directory, plans)
        breakers = Breakers(utc_now, metrics.breaker_changed)
        await stack.enter_async_context(BreakerSharing(breakers, storage.breakers, utc_now).running())
        models = ModelService(targets, attempts, breakers, settling, time.monotonic, settings.total_timeout)
        stack.push_async_callback(models.aclose)
        builder = SettingsBuilder(sealer, plans)
        gateway = AgentGateway(http, directory, utc_now)
        yield Process(
            settings=settings,
            directory=directory,
            callers=Callers(directory, token),
            agents=AgentService(storage.agents, directory, builder, sealer, utc_now),
            model_settings=ModelSettingsService(storage.agents, directory, builder, utc_now),
            models=models,
            breakers=breakers,
            agent_chat=AgentChat(models, gateway, new_request_id),
            gateway=gateway,
            trial=ModelTrial(
                targets, attempts, CreditsReader(transport), breakers, settling, time.monotonic, new_request_id
            ),
            usage=UsageService(storage.usage, directory, plans, utc_now),
            plans=plans,
            prices=prices,
            catalogue=load_catalogue(),
            metrics=metrics,
            readiness=Readiness(storage.ping),
            minted_admin_token=token if minted else None,
        )
