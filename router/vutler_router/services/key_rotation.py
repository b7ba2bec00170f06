"""Seals every stored secret anew when the encryption key is replaced, while routers keep serving."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from typing_extensions import override

from vutler_router.domain.agent import Agent, Gateway
from vutler_router.domain.agent_store import AgentStore
from vutler_router.domain.channel import Hook
from vutler_router.domain.channel_store import ChannelStore
from vutler_router.domain.llm import ChainLink
from vutler_router.domain.sealed import Sealed
from vutler_router.errors import NotFound, SealBroken
from vutler_router.keys.sealing import GATEWAY_TOKEN, HOOK_SECRET, HOOK_URL, Sealer, provider_key_purpose
from vutler_router.services.edits import edit_agent

__all__ = ["KeyRotation", "RotationTally", "UnreadableSecret"]

_PAGE: Final = 200
"""Agents read at once: bounds memory, and how long a change stays unseen before the agent is read again."""


@dataclass(frozen=True, slots=True)
class UnreadableSecret:
    """A secret that no key on the ring opens: which of whose; of a webhook, the channel is its owner."""

    owner: str
    what: str


@dataclass(frozen=True, slots=True)
class RotationTally:
    """What a rotation has done so far.

    Attributes:
        agents: Agents looked at.
        webhooks: Outgoing webhooks looked at.
        renewed: Secrets sealed anew.
        current: Secrets that the first key sealed already, and opens.
        unreadable: Secrets left as they are.
    """

    agents: int = 0
    webhooks: int = 0
    renewed: int = 0
    current: int = 0
    unreadable: tuple[UnreadableSecret, ...] = ()

    def __add__(self, other: "RotationTally") -> "RotationTally":
        return RotationTally(
            self.agents + other.agents,
            self.webhooks + other.webhooks,
            self.renewed + other.renewed,
            self.current + other.current,
            self.unreadable + other.unreadable,
        )

    @override
    def __str__(self) -> str:
        webhooks = f"{self.webhooks} webhooks, " if self.webhooks else ""
        return (
            f"{self.agents} agents, {webhooks}{self.renewed} secrets sealed anew, "
            f"{self.current} already current, {len(self.unreadable)} unreadable"
        )


class KeyRotation:
    """Goes through all agents and webhooks once; whatever it is interrupted by, another run does what is left.

    Args:
        agents: Where the agents are. Its version grows with each change, by which running routers notice.
        channels: Where the webhooks are.
        sealer: Holds the new key first and the old ones after it.
    """

    def __init__(self, agents: AgentStore, channels: ChannelStore, sealer: Sealer) -> None:
        self._agents = agents
        self._channels = channels
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
            page = await self._agents.page(workspace_id=None, limit=_PAGE, cursor=cursor)
            for agent in page.agents:
                tally += await self._rotate(agent)
            progress(tally)
            cursor = page.next_cursor
            if cursor is None:
                break
        for hook in await self._channels.outgoing():
            tally += await self._rotate_hook(hook)
        return tally

    async def _rotate_hook(self, seen: Hook) -> RotationTally:
        renewal = _Renewal(self._sealer, seen.id, shown=seen.channel_id)
        url = renewal.secret(seen.url, HOOK_URL, f"the address of the webhook {seen.name}")
        secret = renewal.secret(seen.secret, HOOK_SECRET, f"the secret of the webhook {seen.name}")
        if renewal.renewed:
            await self._channels.reseal_hook(replace(seen, url=url, secret=secret))
        return RotationTally(webhooks=1) + renewal.tally

    async def _rotate(self, seen: Agent) -> RotationTally:
        """Treat one agent; the store is asked again only if there is something to write."""
        renewal = _Renewal(self._sealer, seen.id)
        if renewal.of(seen) == seen:
            return RotationTally(agents=1) + renewal.tally
        renewals: list[_Renewal] = []

        def renewed(agent: Agent) -> Agent:
            renewals.append(_Renewal(self._sealer, agent.id))
            return renewals[-1].of(agent)

        try:
            await edit_agent(self._agents, seen.id, renewed)
        except NotFound:
            return RotationTally()  # deleted since the page was read
        return RotationTally(agents=1) + renewals[-1].tally


@dataclass(slots=True)
class _Renewal:
    """Seals the secrets of one owner anew and keeps count; `updated_at` stays, for nothing changed for the user."""

    sealer: Sealer
    owner: str
    shown: str = ""
    """How people know the owner, if not by its id."""

    renewed: int = 0
    current: int = 0
    unreadable: list[UnreadableSecret] = field(default_factory=list)

    @property
    def tally(self) -> RotationTally:
        return RotationTally(renewed=self.renewed, current=self.current, unreadable=tuple(self.unreadable))

    def of(self, agent: Agent) -> Agent:
        """Return the agent as it has to be stored; the very same one if every secret stays."""
        gateway, llm = agent.gateway, agent.llm
        if gateway is not None:
            gateway = Gateway(gateway.url, self.secret(gateway.token, GATEWAY_TOKEN, "the gateway token"))
        if llm is not None:
            llm = replace(llm, chain=tuple(self._links(llm.chain)))
        return replace(agent, gateway=gateway, llm=llm)

    def _links(self, chain: tuple[ChainLink, ...]) -> Iterator[ChainLink]:
        for link in chain:
            purpose = provider_key_purpose(link.provider, link.endpoint)
            yield replace(link, key=self.secret(link.key, purpose, f"the key for {link.provider}"))

    def secret(self, sealed: Sealed | None, purpose: str, what: str) -> Sealed | None:
        """Return the secret as it has to be stored."""
        if sealed is None:
            return None
        try:
            kept = self.sealer.renewed(sealed, owner=self.owner, purpose=purpose)
        except SealBroken:
            self.unreadable.append(UnreadableSecret(self.shown or self.owner, what))
            return sealed
        if kept == sealed:
            self.current += 1
        else:
            self.renewed += 1
        return kept
