"""Seals every stored secret anew when the encryption key is replaced, while routers keep serving."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from typing_extensions import override

from vutler_router.domain.agent import Agent, Gateway
from vutler_router.domain.agent_store import AgentStore
from vutler_router.domain.llm import ChainLink
from vutler_router.domain.sealed import Sealed
from vutler_router.errors import NotFound, SealBroken
from vutler_router.keys.sealing import GATEWAY_TOKEN, Sealer, provider_key_purpose
from vutler_router.services.edits import edit_agent

__all__ = ["KeyRotation", "RotationTally", "UnreadableSecret"]

_PAGE: Final = 200
"""Agents read at once: bounds memory, and how long a change stays unseen before the agent is read again."""


@dataclass(frozen=True, slots=True)
class UnreadableSecret:
    """A secret that no key on the ring opens; `what` says which of the agent's it is."""

    agent_id: str
    what: str


@dataclass(frozen=True, slots=True)
class RotationTally:
    """What a rotation has done so far.

    Attributes:
        agents: Agents looked at.
        renewed: Secrets sealed anew.
        current: Secrets that the first key sealed already, and opens.
        unreadable: Secrets left as they are.
    """

    agents: int = 0
    renewed: int = 0
    current: int = 0
    unreadable: tuple[UnreadableSecret, ...] = ()

    def __add__(self, other: "RotationTally") -> "RotationTally":
        return RotationTally(
            self.agents + other.agents,
            self.renewed + other.renewed,
            self.current + other.current,
            self.unreadable + other.unreadable,
        )

    @override
    def __str__(self) -> str:
        return (
            f"{self.agents} agents, {self.renewed} secrets sealed anew, "
            f"{self.current} already current, {len(self.unreadable)} unreadable"
        )


class KeyRotation:
    """Goes through all agents once; whatever it is interrupted by, another run does what is left.

    Args:
        store: Where the agents are. Its version grows with each change, by which running routers notice.
        sealer: Holds the new key first and the old ones after it.
    """

    def __init__(self, store: AgentStore, sealer: Sealer) -> None:
        self._store = store
        self._sealer = sealer

    async def run(self, progress: Callable[[RotationTally], None]) -> RotationTally:
        """Seal anew what another key sealed, and tell how it went.

        Args:
            progress: Called after each page.

        Raises:
            StorageError: The database failed; what is done is done.
        """
        tally, cursor = RotationTally(), None
        while True:
            page = await self._store.page(workspace_id=None, limit=_PAGE, cursor=cursor)
            for agent in page.agents:
                tally += await self._rotate(agent)
            progress(tally)
            cursor = page.next_cursor
            if cursor is None:
                return tally

    async def _rotate(self, seen: Agent) -> RotationTally:
        """Treat one agent; the store is asked again only if there is something to write."""
        renewal = _Renewal(self._sealer, seen.id)
        if renewal.of(seen) == seen:
            return renewal.tally
        renewals: list[_Renewal] = []

        def renewed(agent: Agent) -> Agent:
            renewals.append(_Renewal(self._sealer, agent.id))
            return renewals[-1].of(agent)

        try:
            await edit_agent(self._store, seen.id, renewed)
        except NotFound:
            return RotationTally()  # deleted since the page was read
        return renewals[-1].tally


@dataclass(slots=True)
class _Renewal:
    """Seals the secrets of one agent anew and keeps count; `updated_at` stays, for nothing changed for the user."""

    sealer: Sealer
    agent_id: str
    renewed: int = 0
    current: int = 0
    unreadable: list[UnreadableSecret] = field(default_factory=list)

    @property
    def tally(self) -> RotationTally:
        return RotationTally(1, self.renewed, self.current, tuple(self.unreadable))

    def of(self, agent: Agent) -> Agent:
        """Return the agent as it has to be stored; the very same one if every secret stays."""
        gateway, llm = agent.gateway, agent.llm
        if gateway is not None:
            gateway = Gateway(gateway.url, self._secret(gateway.token, GATEWAY_TOKEN, "the gateway token"))
        if llm is not None:
            llm = replace(llm, chain=tuple(self._links(llm.chain)))
        return replace(agent, gateway=gateway, llm=llm)

    def _links(self, chain: tuple[ChainLink, ...]) -> Iterator[ChainLink]:
        for link in chain:
            purpose = provider_key_purpose(link.provider, link.endpoint)
            yield replace(link, key=self._secret(link.key, purpose, f"the key for {link.provider}"))

    def _secret(self, sealed: Sealed | None, purpose: str, what: str) -> Sealed | None:
        if sealed is None:
            return None
        try:
            kept = self.sealer.renewed(sealed, owner=self.agent_id, purpose=purpose)
        except SealBroken:
            self.unreadable.append(UnreadableSecret(self.agent_id, what))
            return sealed
        if kept == sealed:
            self.current += 1
        else:
            self.renewed += 1
        return kept
