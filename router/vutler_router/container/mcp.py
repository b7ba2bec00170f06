"""Opens what stands behind agents' tools beside drive, mail and chat: who asks whom, and the audit."""

import contextlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from vutler_router.container.clocks import new_record_id, new_request_id, utc_now
from vutler_router.keys.first_start import master_keys
from vutler_router.providers.ports import Transport
from vutler_router.services.agent_chat import AgentChat
from vutler_router.services.agent_gateway import AgentGateway
from vutler_router.services.answering.service import ModelService
from vutler_router.services.asking.persons import PersonsGateway, person_turn
from vutler_router.services.asking.places import Places
from vutler_router.services.asking.service import AskLimits, AskService
from vutler_router.services.asking.session_names import SessionNames
from vutler_router.services.asking.trees import TreeService
from vutler_router.services.asking.turns import Turns
from vutler_router.services.directory import AgentDirectory
from vutler_router.services.rounds import Rounds
from vutler_router.services.tools.audit import AuditBook, AuditWriter
from vutler_router.settings import Settings
from vutler_router.storage import Storage

__all__ = ["Tools", "opened_tools"]

_HOUR: Final = 3600.0


@dataclass(frozen=True, slots=True)
class Tools:
    """What stands behind the tools of agents.

    Attributes:
        places: Tells which tree a model request belongs to.
        persons_gateway: The way to agents for people, whose turns begin trees.
    """

    asks: AskService
    places: Places
    trees: TreeService
    turns: Turns
    names: SessionNames
    persons_gateway: AgentGateway
    audit: AuditWriter
    audit_book: AuditBook


async def opened_tools(
    stack: contextlib.AsyncExitStack,
    settings: Settings,
    storage: Storage,
    directory: AgentDirectory,
    models: ModelService,
    transport: Transport,
) -> Tools:
    """Open it; records that are still to be written are written when the stack ends."""
    names, turns = SessionNames(master_keys(settings)), Turns(storage.asks, utc_now)
    stack.push_async_callback(turns.aclose)
    audit = AuditWriter(storage.tool_calls)
    await stack.enter_async_context(audit.running())
    book, kept = AuditBook(storage.tool_calls, utc_now, timedelta(days=settings.audit_days)), settings.audit_days

    async def sweep() -> None:
        await book.sweep()
        await storage.asks.sweep(utc_now() - timedelta(days=kept))

    await stack.enter_async_context(Rounds("sweep", sweep, pause=_HOUR, longest=_HOUR).running())
    made = person_turn(names, utc_now, new_record_id, settings.total_timeout)
    chat = AgentChat(models, AgentGateway(transport, directory, utc_now), new_request_id)
    limits = AskLimits(settings.ask_depth, settings.ask_timeout)
    return Tools(
        asks=AskService(directory, chat, turns, names, limits, utc_now, new_record_id),
        places=Places(names, turns),
        trees=TreeService(storage.asks, storage.tree_rows, utc_now),
        turns=turns,
        names=names,
        persons_gateway=PersonsGateway(transport, directory, utc_now, turns, made),
        audit=audit,
        audit_book=book,
    )
