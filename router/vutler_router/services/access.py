"""What callers may do with agents: tokens by who they are, people by what the cluster lets them do with Agents."""

import asyncio
from collections.abc import Callable
from typing import Final, TypeAlias

from vutler_router.domain.caller import AdminCaller, AgentCaller, Caller, UserCaller
from vutler_router.domain.cluster_accounts import ClusterAccounts, Verb
from vutler_router.domain.identifiers import AgentId
from vutler_router.errors import Forbidden, InvalidRequest, NotFound
from vutler_router.services.directory import AgentDirectory
from vutler_router.services.recent import Recent

__all__ = ["AGENT_REFUSED", "Access"]

_FRESH_SECONDS: Final = 30.0
"""How long an answer of the cluster holds; so late at the most is a right given or taken noticed."""

_MOST: Final = 20_000
"""Answers remembered; a person with many namespaces takes one for each."""

_AT_ONCE: Final = 16
"""Questions to the API server under way at once."""

AGENT_REFUSED: Final = "Only the administrator may do this; an agent's token is for its own models, tools and usage."

_Question: TypeAlias = tuple[UserCaller, Verb, str, str]

_DEEDS: Final = {
    Verb.GET: "see",
    Verb.LIST: "list",
    Verb.CREATE: "create",
    Verb.UPDATE: "change",
    Verb.DELETE: "delete",
}


class Access:
    """Decides for every kind of caller.

    Args:
        accounts: What the cluster knows of people.
        directory: The agents there are, and with them the namespaces.
        clock: Seconds that only grow.
    """

    def __init__(self, accounts: ClusterAccounts, directory: AgentDirectory, clock: Callable[[], float]) -> None:
        self._accounts = accounts
        self._directory = directory
        self._answers: Recent[_Question, bool] = Recent(_FRESH_SECONDS, clock, most=_MOST)
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def to_agent(self, caller: Caller, agent_id: str, verb: Verb, *, agents_own: bool = False) -> str:
        """Return the agent's full id if the caller may do this with it.

        Args:
            caller: Who asks.
            agent_id: As it was sent.
            verb: What people must be allowed to do with the Agent.
            agents_own: Whether an agent may do it with itself.

        Raises:
            NotFound: The id is none, or the caller may not even see this agent, so that nobody can guess names.
            Forbidden: The caller sees it, and may not do that.
            ClusterUnavailable: The API server cannot be asked.
        """
        parsed = _parsed(agent_id)
        match caller:
            case AdminCaller():
                return str(parsed)
            case AgentCaller(agent):
                if agent.id != str(parsed):
                    raise _absent(parsed)
                if not agents_own:
                    raise Forbidden(AGENT_REFUSED)
                return agent.id
            case UserCaller():
                return await self._people_to_agent(caller, parsed, verb)

    async def to_workspace(self, caller: Caller, workspace: str | None, verb: Verb) -> None:
        """Return if the caller may do this with a workspace's agents; None stands for all workspaces.

        Raises:
            InvalidRequest: A person's workspace is no such name.
            Forbidden: Only an administrator may, or this person may not.
            ClusterUnavailable: The API server cannot be asked.
        """
        match caller:
            case AdminCaller():
                return
            case AgentCaller():
                raise Forbidden(AGENT_REFUSED)
            case UserCaller():
                if workspace:
                    AgentId.parse(f"{workspace}.x", param="workspace_id")
                if not await self._may(caller, verb, workspace or ""):
                    where = f"in namespace {workspace}" if workspace else "in all namespaces; name a workspace_id"
                    raise Forbidden(f"{caller.name} may not {_DEEDS[verb]} Agents {where}.")

    async def to_named_workspace(self, user: UserCaller, workspace: str | None, verb: Verb) -> str:
        """Return the workspace that a person named, if they may do this with its agents.

        Raises:
            InvalidRequest: They named none, or it is no such name.
            Forbidden: They may not.
            ClusterUnavailable: The API server cannot be asked.
        """
        if not workspace:
            raise InvalidRequest("Say which workspace: add workspace_id to the query.", param="workspace_id")
        await self.to_workspace(user, workspace, verb)
        return workspace

    async def workspaces(self, user: UserCaller, only: str | None = None) -> frozenset[str] | None:
        """Return the workspaces with agents whose Agents a person may list; None stands for every one, now and later.

        Args:
            user: The person.
            only: No other workspace matters, and none is asked about.

        Raises:
            ClusterUnavailable: The API server cannot be asked.
        """
        if await self._may(user, Verb.LIST, ""):
            return None
        known = sorted({agent.workspace_id for agent in self._directory if only in {None, agent.workspace_id}})
        allowed = await asyncio.gather(*(self._may(user, Verb.LIST, workspace) for workspace in known))
        return frozenset(workspace for workspace, may in zip(known, allowed, strict=True) if may)

    async def verbs(self, caller: Caller, workspace: str) -> tuple[Verb, ...]:
        """Return what a caller may do with all Agents of a workspace. Raises `ClusterUnavailable`."""
        match caller:
            case AdminCaller():
                return tuple(Verb)
            case AgentCaller():
                return ()
            case UserCaller():
                allowed = await asyncio.gather(*(self._may(caller, verb, workspace) for verb in Verb))
                return tuple(verb for verb, may in zip(Verb, allowed, strict=True) if may)

    async def _people_to_agent(self, user: UserCaller, agent_id: AgentId, verb: Verb) -> str:
        if not await self._may_with(user, Verb.GET, agent_id):
            raise _absent(agent_id)
        if verb is not Verb.GET and not await self._may_with(user, verb, agent_id):
            raise Forbidden(f"{user.name} may not {_DEEDS[verb]} Agents in namespace {agent_id.workspace} ({verb}).")
        return str(agent_id)

    async def _may_with(self, user: UserCaller, verb: Verb, agent_id: AgentId) -> bool:
        """Ask about the namespace first, an answer for all its agents; a Role may also name a single one."""
        everywhere = await self._may(user, verb, agent_id.workspace)
        return everywhere or await self._may(user, verb, agent_id.workspace, agent_id.name)

    async def _may(self, user: UserCaller, verb: Verb, workspace: str, name: str = "") -> bool:
        return await self._answers.get((user, verb, workspace, name), lambda: self._ask(user, verb, workspace, name))

    async def _ask(self, user: UserCaller, verb: Verb, workspace: str, name: str) -> bool:
        async with self._turns:
            return await self._accounts.may(user, verb, workspace, name)


def _parsed(agent_id: str) -> AgentId:
    try:
        return AgentId.parse(agent_id)
    except InvalidRequest:
        raise NotFound("There is no agent of that id.", code="agent_not_found") from None


def _absent(agent_id: AgentId) -> NotFound:
    return NotFound(f"There is no agent {agent_id}.", code="agent_not_found")
