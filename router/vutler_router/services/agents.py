"""Creates, shows, replaces and deletes agents."""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from vutler_router.domain.agent import DEFAULT_TOOLS, Agent, FormerToken, Gateway, ManagedBy
from vutler_router.domain.agent_store import AgentPage, AgentStore
from vutler_router.domain.identifiers import DEFAULT_WORKSPACE, AgentId
from vutler_router.domain.llm import LlmSettings
from vutler_router.errors import InvalidRequest, NotFound
from vutler_router.keys.sealing import GATEWAY_TOKEN, Sealer
from vutler_router.keys.tokens import hash_token, mint_token
from vutler_router.services.directory import AgentDirectory
from vutler_router.services.edits import edit_agent
from vutler_router.services.settings_builder import LlmPut, SettingsBuilder
from vutler_router.settings import check_http_url

__all__ = ["AgentPut", "AgentService", "CreatedAgent", "GatewayPut", "NewAgent", "new_agent_id"]

_LARGEST_PAGE: Final = 500
_LONGEST_DISPLAY_NAME: Final = 200
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_GRACE: Final = timedelta(minutes=5)
"""For how long a token that was rotated is still good: a pod that finishes its last answer takes up to a minute, and a
401 would make it give its model up."""


@dataclass(frozen=True, slots=True)
class NewAgent:
    """What somebody says who creates an agent: an `id`, or a `name` to make one from."""

    id: str | None = None
    name: str | None = None
    workspace_id: str | None = None
    display_name: str | None = None
    template: str | None = None


@dataclass(frozen=True, slots=True)
class CreatedAgent:
    """A new agent and its token, which is shown this once."""

    agent: Agent
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class GatewayPut:
    """How to reach the agent itself; a `token` of None keeps the stored one."""

    url: str
    token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class AgentPut:
    """An agent as the operator pushes it; None keeps what is stored, or takes the default for a new one.

    Attributes:
        llm: None drops settings that came from an LLMConfig and leaves those made by the API.
    """

    display_name: str | None = None
    workspace_id: str | None = None
    managed_by: ManagedBy | None = None
    token_sha256: str | None = None
    running: bool | None = None
    gateway: GatewayPut | None = None
    tools: tuple[str, ...] | None = None
    delegates: tuple[str, ...] | None = None
    llm: LlmPut | None = None
    revision: str | None = None


class AgentService:
    """Keeps agents right in the store and in the directory."""

    def __init__(
        self,
        store: AgentStore,
        directory: AgentDirectory,
        builder: SettingsBuilder,
        sealer: Sealer,
        now: Callable[[], datetime],
        mint: Callable[[], str] = mint_token,
    ) -> None:
        self._store = store
        self._directory = directory
        self._builder = builder
        self._sealer = sealer
        self._now = now
        self._mint = mint

    async def create(self, new: NewAgent, llm: LlmPut | None = None) -> CreatedAgent:
        """Make an agent with a token of its own, and with model settings if they are given.

        Raises:
            InvalidRequest: The id is missing or malformed, or the settings are incomplete.
            UnknownTier: The plan in `llm.tier` is not on sale.
            Conflict: There is an agent of that id.
        """
        agent_id = new_agent_id(new)
        token, now = self._mint(), self._now()
        agent = Agent(
            id=str(agent_id),
            workspace_id=agent_id.workspace,
            display_name=_display_name(new.display_name or new.name or agent_id.name),
            token_sha256=hash_token(token),
            managed_by=ManagedBy.API,
            created_at=now,
            updated_at=now,
            template=new.template,
            llm=None
            if llm is None
            else self._builder.build(str(agent_id), replace(llm, source=None), None, prefix="llm."),
        )
        await self._store.add(agent)
        self._directory.put(agent)
        return CreatedAgent(agent, token)

    async def get(self, agent_id: str) -> Agent:
        """Return an agent. Raises `NotFound`."""
        return await self._store.get(agent_id)

    async def page(self, *, workspace_id: str | None = None, limit: int = 100, cursor: str | None = None) -> AgentPage:
        """Return some agents in the order of their ids. Raises `InvalidRequest` for a limit out of bounds."""
        if not 1 <= limit <= _LARGEST_PAGE:
            raise InvalidRequest(f"limit must be between 1 and {_LARGEST_PAGE}.", param="limit")
        return await self._store.page(workspace_id=workspace_id, limit=limit, cursor=cursor)

    def page_within(self, workspaces: Collection[str], *, limit: int, cursor: str | None = None) -> AgentPage:
        """Return some agents of several workspaces in the order of their ids, as this process knows them."""
        own = (agent for agent in self._directory if agent.workspace_id in workspaces and agent.id > (cursor or ""))
        found = sorted(own, key=lambda agent: agent.id)
        return AgentPage(tuple(found[:limit]), found[limit - 1].id if len(found) > limit else None)

    async def put(self, agent_id: str, put: AgentPut) -> Agent:
        """Make an agent what the operator says it is; the same push twice writes once.

        Raises:
            InvalidRequest: A field is missing, malformed or contradicts another.
            UnknownTier: The plan in `llm.tier` is not on sale.
            Conflict: The token belongs to another agent.
        """
        parsed = AgentId.parse(agent_id)
        if put.workspace_id not in {None, parsed.workspace}:
            raise InvalidRequest(
                f"The workspace of {parsed} is {parsed.workspace}, the part before the dot.", param="workspace_id"
            )
        try:
            agent = await edit_agent(self._store, str(parsed), lambda old: self._merged(old, put))
        except NotFound:
            agent = self._merged(self._blank(parsed, put), put)
            await self._store.add(agent)
        self._directory.put(agent)
        return agent

    async def delete(self, agent_id: str) -> None:
        """Forget an agent, its keys and its token; what it used stays on record. Raises `NotFound`."""
        await self._store.remove(agent_id)
        self._directory.remove(agent_id)

    def _blank(self, agent_id: AgentId, put: AgentPut) -> Agent:
        """Return the record that a first push is merged into."""
        if put.token_sha256 is None:
            raise InvalidRequest("A new agent needs token_sha256, the hash of its router token.", param="token_sha256")
        now = self._now()
        return Agent(
            id=str(agent_id),
            workspace_id=agent_id.workspace,
            display_name=agent_id.name,
            token_sha256=put.token_sha256,
            managed_by=ManagedBy.API,
            created_at=now,
            updated_at=now,
            tools=DEFAULT_TOOLS,
        )

    def _merged(self, old: Agent, put: AgentPut) -> Agent:
        """Return an agent as it is after a push; the very same one when the push says nothing new."""
        token = old.token_sha256 if put.token_sha256 is None else _token_hash(put.token_sha256)
        is_same = token == old.token_sha256
        new = replace(
            old,
            display_name=old.display_name if put.display_name is None else _display_name(put.display_name),
            token_sha256=token,
            former_token=old.former_token if is_same else FormerToken(old.token_sha256, self._now() + _GRACE),
            managed_by=put.managed_by or old.managed_by,
            running=old.running if put.running is None else put.running,
            gateway=old.gateway if put.gateway is None else self._gateway(old, put.gateway),
            tools=old.tools if put.tools is None else _tools(put.tools),
            delegates=old.delegates if put.delegates is None else _delegates(put.delegates, old.workspace_id),
            llm=self._llm(old, put.llm),
            revision=put.revision or old.revision,
        )
        if new == old:
            return old
        # Whoever changes an agent without saying so takes the mark away: its owner sees that, and puts it right.
        return replace(new, revision=put.revision, updated_at=self._now())

    def _llm(self, old: Agent, put: LlmPut | None) -> LlmSettings | None:
        if put is not None:
            return self._builder.build(old.id, put, old.llm, prefix="llm.")
        return None if old.llm is not None and old.llm.source is not None else old.llm

    def _gateway(self, old: Agent, put: GatewayPut) -> Gateway:
        """Check the address and seal the token, unless it is the one that is kept."""
        try:
            url = check_http_url(put.url)
        except ValueError as error:
            raise InvalidRequest(f"gateway.url {error}.", param="gateway.url") from None
        kept = old.gateway.token if old.gateway is not None else None
        if put.token is None:
            return Gateway(url, kept)
        return Gateway(url, self._sealer.seal(put.token, owner=old.id, purpose=GATEWAY_TOKEN, kept=kept))


def new_agent_id(new: NewAgent) -> AgentId:
    """Read the id, or make one of the name as people write it. Raises `InvalidRequest`."""
    workspace = new.workspace_id or DEFAULT_WORKSPACE
    if new.id:
        found = AgentId.parse(new.id, workspace=workspace)
    elif new.name:
        slug = re.sub(r"[^a-z0-9]+", "-", new.name.lower()).strip("-")
        found = AgentId.parse(f"{workspace}.{slug}", param="name")
    else:
        raise InvalidRequest("Send the new agent's id (team-a.ava) or its name.", param="id")
    if new.workspace_id not in {None, found.workspace}:
        raise InvalidRequest(f"The id {found} is not in workspace_id.", param="workspace_id")
    return found


def _display_name(text: str) -> str:
    name = text.strip()
    if not name or len(name) > _LONGEST_DISPLAY_NAME or not name.isprintable():
        raise InvalidRequest(
            f"display_name must have 1 to {_LONGEST_DISPLAY_NAME} printable characters.", param="display_name"
        )
    return name


def _token_hash(text: str) -> str:
    if not _SHA256.fullmatch(text):
        raise InvalidRequest(
            "token_sha256 must be the 64 lower-case hexadecimal digits of a SHA-256.", param="token_sha256"
        )
    return text


def _tools(names: tuple[str, ...]) -> tuple[str, ...]:
    unknown = [name for name in names if name not in DEFAULT_TOOLS]
    if unknown:
        raise InvalidRequest(f"tools may be {', '.join(DEFAULT_TOOLS)}.", param="tools")
    return tuple(dict.fromkeys(names))


def _delegates(ids: tuple[str, ...], workspace: str) -> tuple[str, ...]:
    parsed = (AgentId.parse(agent_id, workspace=workspace, param="delegates") for agent_id in ids)
    return tuple(dict.fromkeys(str(agent_id) for agent_id in parsed))
