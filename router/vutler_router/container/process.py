"""The process's singletons, in the order in which they need each other."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Final

from vutler_router.cluster import opened_cluster
from vutler_router.container.alerts import opened_alerts
from vutler_router.container.chat import Chat, opened_chat
from vutler_router.container.clocks import new_request_id, utc_now
from vutler_router.container.drive import opened_drive
from vutler_router.container.fairuse import build_gate, build_pacer
from vutler_router.container.ledger import opened_ledger
from vutler_router.container.mail import MailTools, opened_mail
from vutler_router.container.mcp import Tools, opened_tools
from vutler_router.container.resources import Resources, build_resources
from vutler_router.container.routing import Asking, Known, Routing, open_routing
from vutler_router.container.sessions import opened_sessions
from vutler_router.container.surroundings import Surroundings
from vutler_router.domain.plans import Plans, load_plans
from vutler_router.keys.first_start import admin_token, master_keys
from vutler_router.keys.sealing import Sealer
from vutler_router.metering.prices import PriceTable, load_prices
from vutler_router.providers.client import HttpTransport
from vutler_router.providers.echo import EchoTransport
from vutler_router.providers.ports import Timeouts
from vutler_router.providers.transports import SchemeTransport
from vutler_router.routing.breaker import Breakers
from vutler_router.routing.catalog import Catalogue, load_catalogue
from vutler_router.services.access import Access
from vutler_router.services.agent_chat import AgentChat
from vutler_router.services.agent_gateway import AgentGateway
from vutler_router.services.agent_lives import AgentLives
from vutler_router.services.agent_switch import AgentSwitch
from vutler_router.services.agent_voice import AgentVoice
from vutler_router.services.agents import AgentService
from vutler_router.services.alerting.book import AlertBook
from vutler_router.services.alerting.month_use import MonthUse
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
from vutler_router.services.drive import DriveService
from vutler_router.services.identity_provider import IdentityProvider
from vutler_router.services.key_troubles import KeyTroubles
from vutler_router.services.model_settings import ModelSettingsService
from vutler_router.services.openrouter import OpenRouter
from vutler_router.services.readiness import Readiness
from vutler_router.services.rounds import Rounds
from vutler_router.services.sessions import Sessions
from vutler_router.services.settings_builder import SettingsBuilder
from vutler_router.services.tools.adapters import AgentChannels, AgentDrive, AgentMail
from vutler_router.services.tools.ports import ToolPorts
from vutler_router.services.usage.comparisons import ComparisonService
from vutler_router.services.usage.overages import OverageService
from vutler_router.services.usage.reports import UsageService
from vutler_router.services.usage.settled_days import SettledDays
from vutler_router.services.usage.statements import StatementService
from vutler_router.settings import Settings
from vutler_router.storage import open_storage

__all__ = ["Process", "new_request_id", "open_process", "utc_now"]

_HOUR: Final = 3600.0


@dataclass(frozen=True, slots=True)
class Process:
    """What lives as long as the process does.

    Attributes:
        minted_admin_token: The admin token if this start made it, to be told once; else None.
    """

    settings: Settings
    directory: AgentDirectory
    callers: Callers
    sessions: Sessions
    identity_provider: IdentityProvider
    access: Access
    agents: AgentService
    model_settings: ModelSettingsService
    models: ModelService
    breakers: Breakers
    agent_chat: AgentChat
    chat: Chat
    mail: MailTools
    lives: AgentLives
    switch: AgentSwitch
    resources: Resources
    trial: ModelTrial
    usage: UsageService
    comparisons: ComparisonService
    routing: Routing
    key_troubles: KeyTroubles
    openrouter: OpenRouter
    statements: StatementService
    overages: OverageService
    alerts: AlertBook
    drive: DriveService
    tool_ports: ToolPorts
    plans: Plans
    prices: PriceTable
    catalogue: Catalogue
    metrics: RequestMetrics
    readiness: Readiness
    tools: Tools
    minted_admin_token: str | None = field(default=None, repr=False)


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
        directory = AgentDirectory(storage.agents, sealer, utc_now)
        await directory.load()
        stack.callback(asyncio.create_task(directory.follow(), name="directory").cancel)
        metrics = RequestMetrics()
        http = await stack.enter_async_context(HttpTransport.opened(settings.allowed_private_endpoints, timeouts))
        use = MonthUse(storage.usage, directory, plans)
        alerts = await opened_alerts(stack, settings, storage, use, metrics, http)
        ledger = await opened_ledger(stack, settings, storage, metrics, alerts.written)
        transport = SchemeTransport(http, EchoTransport())
        attempts = Attempts(transport, utc_now, time.monotonic, settings.total_timeout)
        targets = Targets(settings, directory, plans)
        breakers = Breakers(utc_now, metrics.breaker_changed)
        metrics.show("vutler_agents", "Agents this router knows", lambda: len(directory))
        metrics.show("vutler_breakers_open", "Breakers that are open", lambda: breakers.open_count)
        await stack.enter_async_context(BreakerSharing(breakers, storage.breakers, utc_now).running())
        catalogue = load_catalogue()
        known = Known(directory, plans, prices, catalogue)
        asking = Asking(targets, attempts, breakers, metrics)
        routing = await open_routing(stack, settings, storage, known, asking)
        settling = Settling(ledger, prices, plans, metrics, utc_now, routing.records)
        pacer = build_pacer(settings, plans, metrics)
        gate = build_gate(storage, plans, metrics)
        await stack.enter_async_context(gate.running())
        models = ModelService(
            routing.chooser, attempts, breakers, settling, pacer, time.monotonic, settings.total_timeout, gate=gate
        )
        stack.push_async_callback(models.aclose)
        builder = SettingsBuilder(sealer, plans)
        gateway = AgentGateway(http, directory, utc_now)
        tools = await opened_tools(stack, settings, storage, directory, models, http)
        agent_chat, readiness = AgentChat(models, tools.persons_gateway, new_request_id), Readiness(storage.ping)
        around = Surroundings(
            settings=settings,
            storage=storage,
            directory=directory,
            voice=AgentVoice(agent_chat, directory),
            sealer=sealer,
            transport=http,
            metrics=metrics,
            ending=lambda: readiness.is_draining,
        )
        drive = await opened_drive(stack, settings, storage, metrics)
        chat = await opened_chat(stack, around)
        mail = await opened_mail(stack, around)
        cluster = await stack.enter_async_context(opened_cluster(settings))
        lives = AgentLives(directory, cluster.agents, gateway, time.monotonic)
        agents = AgentService(storage.agents, directory, builder, sealer, utc_now)
        sessions = await opened_sessions(stack, settings, storage, cluster.accounts, token)
        statements = StatementService(storage.usage, storage.statements, directory, plans, utc_now)
        closing = Rounds("statements", statements.close_last_month, pause=_HOUR, longest=_HOUR)
        await stack.enter_async_context(closing.running())
        yield Process(
            settings=settings,
            directory=directory,
            callers=Callers(directory, token),
            sessions=sessions,
            identity_provider=IdentityProvider(settings, transport, sealer, utc_now),
            access=Access(cluster.accounts, directory, time.monotonic),
            agents=agents,
            model_settings=ModelSettingsService(storage.agents, directory, builder, utc_now),
            models=models,
            breakers=breakers,
            tools=tools,
            agent_chat=agent_chat,
            chat=chat,
            mail=mail,
            lives=lives,
            switch=AgentSwitch(storage.agents, directory, cluster.agents, lives, utc_now),
            resources=build_resources(cluster, agents, directory, settings.templates_namespace),
            trial=ModelTrial(
                targets, attempts, CreditsReader(transport), breakers, settling, time.monotonic, new_request_id
            ),
            usage=UsageService(SettledDays(storage.usage, utc_now), directory, plans, utc_now),
            statements=statements,
            overages=OverageService(storage.overages, utc_now),
            alerts=AlertBook(storage.alerts, utc_now),
            drive=drive,
            tool_ports=ToolPorts(
                AgentDrive(drive, settings.public_url or ""), AgentMail(mail.service), AgentChannels(chat.service)
            ),
            plans=plans,
            prices=prices,
            catalogue=catalogue,
            routing=routing,
            key_troubles=KeyTroubles(breakers, directory, targets),
            openrouter=OpenRouter(settings, transport, targets, time.monotonic),
            comparisons=ComparisonService(storage.usage, utc_now),
            metrics=metrics,
            readiness=readiness,
            minted_admin_token=token if minted else None,
        )
