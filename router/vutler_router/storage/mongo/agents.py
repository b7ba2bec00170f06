"""Agents in MongoDB."""

from collections.abc import Collection as Many
from collections.abc import Mapping, Sequence
from typing import Final

from bson import Int64
from pymongo.errors import DuplicateKeyError, OperationFailure

from vutler_router.domain.agent import Agent
from vutler_router.domain.agent_store import AgentPage
from vutler_router.errors import Conflict, NotFound, WriteConflict
from vutler_router.storage.mongo.connection import Database, Document, storage_errors
from vutler_router.storage.records import agent_from_object, agent_object, agent_stamp

__all__ = ["MongoAgentStore"]

_BODY_ONLY: Final = {"body": 1}


class MongoAgentStore:
    """See `AgentStore`.

    A change is written first and the version raised afterwards: who sees the new version sees the change.
    """

    def __init__(self, database: Database) -> None:
        self._agents = database.agents
        self._versions = database.versions

    async def get(self, agent_id: str) -> Agent:
        """See `AgentStore.get`."""
        with storage_errors():
            found = await self._agents.find_one({"_id": agent_id}, _BODY_ONLY)
        if found is None:
            raise _absent(agent_id)
        return agent_from_object(found["body"])

    async def get_many(self, agent_ids: Many[str]) -> Sequence[Agent]:
        """See `AgentStore.get_many`."""
        with storage_errors():
            found = await self._agents.find({"_id": {"$in": list(agent_ids)}}, _BODY_ONLY).to_list()
        return [agent_from_object(document["body"]) for document in found]

    async def page(self, *, workspace_id: str | None, limit: int, cursor: str | None) -> AgentPage:
        """See `AgentStore.page`."""
        wanted: Document = {"_id": {"$gt": cursor or ""}}
        if workspace_id is not None:
            wanted["workspace_id"] = workspace_id
        with storage_errors():
            found = await self._agents.find(wanted, _BODY_ONLY).sort("_id", 1).limit(limit + 1).to_list()
        agents = tuple(agent_from_object(document["body"]) for document in found[:limit])
        return AgentPage(agents, agents[-1].id if len(found) > limit else None)

    async def add(self, agent: Agent) -> None:
        """See `AgentStore.add`."""
        with storage_errors():
            try:
                await self._agents.insert_one({"_id": agent.id, "workspace_id": agent.workspace_id, **_content(agent)})
            except DuplicateKeyError:
                if await self._agents.find_one({"_id": agent.id}, {"_id": 1}) is None:
                    raise _token_taken() from None
                raise Conflict(f"Agent {agent.id} exists already.", code="agent_exists", param="id") from None
        await self._bump()

    async def replace(self, old: Agent, new: Agent) -> None:
        """See `AgentStore.replace`."""
        with storage_errors():
            try:
                result = await self._agents.update_one(
                    {"_id": old.id, "stamp": agent_stamp(old)}, {"$set": _content(new)}
                )
            except OperationFailure:  # a taken key is a DuplicateKeyError, but an unspecific failure on FerretDB
                if await self._is_taken(new):
                    raise _token_taken() from None
                raise
        if not result.matched_count:
            raise WriteConflict(f"Agent {old.id} was changed at the same time; try again.")
        await self._bump()

    async def remove(self, agent_id: str) -> None:
        """See `AgentStore.remove`."""
        with storage_errors():
            result = await self._agents.delete_one({"_id": agent_id})
        if not result.deleted_count:
            raise _absent(agent_id)
        await self._bump()

    async def version(self) -> int:
        """See `AgentStore.version`."""
        with storage_errors():
            found = await self._versions.find_one({"_id": "agents"})
        value = found["value"] if found is not None else 0
        return value if isinstance(value, int) else 0

    async def stamps(self) -> Mapping[str, str]:
        """See `AgentStore.stamps`."""
        with storage_errors():
            found = await self._agents.find({}, {"stamp": 1}).to_list()
        return {str(document["_id"]): str(document["stamp"]) for document in found}

    async def _is_taken(self, agent: Agent) -> bool:
        """Say whether another agent holds this one's token."""
        others: Document = {"token_sha256": agent.token_sha256, "_id": {"$ne": agent.id}}
        return await self._agents.find_one(others, {"_id": 1}) is not None

    async def _bump(self) -> None:
        """Tell other processes that something changed."""
        with storage_errors():
            await self._versions.update_one({"_id": "agents"}, {"$inc": {"value": Int64(1)}})


def _content(agent: Agent) -> Document:
    return {"token_sha256": agent.token_sha256, "stamp": agent_stamp(agent), "body": agent_object(agent)}


def _absent(agent_id: str) -> NotFound:
    return NotFound(f"There is no agent {agent_id}.", code="agent_not_found")


def _token_taken() -> Conflict:
    return Conflict("This token belongs to another agent.", code="token_taken", param="token_sha256")
