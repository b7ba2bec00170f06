"""Every agent in memory, so that the request path asks no database."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import structlog

from vutler_router.domain.agent import Agent
from vutler_router.domain.agent_store import AgentStore
from vutler_router.domain.llm import ChainLink
from vutler_router.errors import NotFound, StorageError
from vutler_router.keys.sealing import GATEWAY_TOKEN, Sealer, provider_key_purpose
from vutler_router.keys.tokens import hash_token
from vutler_router.settings import ProviderName

__all__ = ["AgentDirectory", "OpenLink"]

_CHUNK: Final = 200
"""Agents read at once; between chunks the requests get their turn."""

_FULL_COMPARE_EVERY: Final = 30
"""Polls after which contents are compared though the version stands still: its writer may have died in between."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class OpenLink:
    """A chain link ready to use; `key` is in the clear and must not leave the process but to its provider."""

    provider: ProviderName
    model: str
    key: str | None = field(repr=False)
    endpoint: str | None


class AgentDirectory:
    """Finds agents by token or id with a dictionary look-up.

    Services tell it what they change; what other router processes change it learns from the store's version.
    """

    def __init__(self, store: AgentStore, sealer: Sealer, now: Callable[[], datetime]) -> None:
        self._store = store
        self._sealer = sealer
        self._now = now
        self._agents: dict[str, Agent] = {}
        self._by_token: dict[str, Agent] = {}
        self._by_former_token: dict[str, Agent] = {}
        self._links: dict[str, tuple[OpenLink, ...]] = {}
        self._stamps: dict[str, str] = {}
        self._version: int | None = None
        self._touched: set[str] = set()

    def __len__(self) -> int:
        return len(self._agents)

    def __iter__(self) -> Iterator[Agent]:
        return iter(tuple(self._agents.values()))

    def by_token(self, token: str) -> Agent | None:
        """Return the agent that holds this token, or None; the one before it is good for some minutes more."""
        digest = hash_token(token)
        return self._by_token.get(digest) or self._by_former(digest)

    def find(self, agent_id: str) -> Agent | None:
        """Return the agent of this id, or None."""
        return self._agents.get(agent_id)

    def get(self, agent_id: str) -> Agent:
        """Return the agent of this id. Raises `NotFound`."""
        agent = self._agents.get(agent_id)
        if agent is None:
            raise NotFound(f"There is no agent {agent_id}.", code="agent_not_found")
        return agent

    def links(self, agent: Agent) -> tuple[OpenLink, ...]:
        """Return an agent's own chain with its keys in the clear; opened once, then remembered.

        Raises:
            SealBroken: A key cannot be opened.
        """
        if self._agents.get(agent.id) is not agent:
            return self._opened(agent)  # an agent that was replaced meanwhile; its request still runs
        found = self._links.get(agent.id)
        if found is None:
            found = self._links[agent.id] = self._opened(agent)
        return found

    def gateway_token(self, agent: Agent) -> str | None:
        """Return the token of the agent's own gateway in the clear. Raises `SealBroken`."""
        if agent.gateway is None or agent.gateway.token is None:
            return None
        return self._sealer.unseal(agent.gateway.token, owner=agent.id, purpose=GATEWAY_TOKEN)

    def put(self, agent: Agent) -> None:
        """Take over an agent as it now is in the store."""
        self._touched.add(agent.id)
        self._stamps.pop(agent.id, None)
        self._keep(agent)

    def remove(self, agent_id: str) -> None:
        """Forget an agent; its token stops working at once."""
        self._touched.add(agent_id)
        self._forget(agent_id)

    async def load(self) -> None:
        """Read all agents anew. Raises `StorageError`."""
        self._version = None
        await self.refresh()

    async def refresh(self, *, compare: bool = False) -> bool:
        """Take over what changed in the store since the last time, and say whether anything did.

        Args:
            compare: Compare contents even if the store's version stands still.

        Raises:
            StorageError: The store does not answer; what is known stays in use.
        """
        version = await self._store.version()
        if version == self._version and not compare:
            return False
        self._touched.clear()
        stamps = dict(await self._store.stamps())
        changed = [agent_id for agent_id, stamp in stamps.items() if self._stamps.get(agent_id) != stamp]
        for start in range(0, len(changed), _CHUNK):
            for agent in await self._store.get_many(changed[start : start + _CHUNK]):
                if agent.id not in self._touched:
                    self._keep(agent)
                    self._stamps[agent.id] = stamps[agent.id]
            await asyncio.sleep(0)
        gone = self._agents.keys() - stamps.keys() - self._touched
        for agent_id in gone:
            self._forget(agent_id)
        self._version = version
        return bool(changed or gone)

    async def follow(self, interval: float = 1.0) -> None:
        """Refresh every `interval` seconds until cancelled; an outage of the store is logged and outlasted."""
        polls = 0
        while True:
            await asyncio.sleep(interval)
            polls += 1
            try:
                await self.refresh(compare=polls % _FULL_COMPARE_EVERY == 0)
            except StorageError as error:
                _log.warning("agents not refreshed", error=error.message)

    def _keep(self, agent: Agent) -> None:
        self._forget(agent.id)
        self._agents[agent.id] = agent
        self._by_token[agent.token_sha256] = agent
        if agent.former_token is not None:
            self._by_former_token[agent.former_token.sha256] = agent

    def _by_former(self, digest: str) -> Agent | None:
        agent = self._by_former_token.get(digest)
        if agent is None or agent.former_token is None or agent.former_token.until <= self._now():
            return None
        return agent

    def _forget(self, agent_id: str) -> None:
        old = self._agents.pop(agent_id, None)
        if old is not None and self._by_token.get(old.token_sha256) is old:
            del self._by_token[old.token_sha256]
        former = old.former_token if old is not None else None
        if former is not None and self._by_former_token.get(former.sha256) is old:
            del self._by_former_token[former.sha256]
        self._links.pop(agent_id, None)
        self._stamps.pop(agent_id, None)

    def _opened(self, agent: Agent) -> tuple[OpenLink, ...]:
        chain = agent.llm.chain if agent.llm is not None else ()
        return tuple(self._open(agent.id, link) for link in chain)

    def _open(self, agent_id: str, link: ChainLink) -> OpenLink:
        key = None
        if link.key is not None:
            purpose = provider_key_purpose(link.provider, link.endpoint)
            key = self._sealer.unseal(link.key, owner=agent_id, purpose=purpose)
        return OpenLink(link.provider, link.model, key, link.endpoint)
