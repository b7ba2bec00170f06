"""Agents in SQLite."""

import json
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from vutler_router.domain.agent import Agent
from vutler_router.domain.agent_store import AgentPage
from vutler_router.errors import Conflict, NotFound, WriteConflict
from vutler_router.storage.records import agent_from_json, agent_json, agent_stamp
from vutler_router.storage.sqlite.connection import Database, Row, Value

__all__ = ["SqliteAgentStore"]

_BUMP: Final = "UPDATE versions SET value = value + 1 WHERE name = 'agents'"


class SqliteAgentStore:
    """See `AgentStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, agent_id: str) -> Agent:
        """See `AgentStore.get`."""
        rows = await self._database.read("SELECT body FROM agents WHERE id = ?", (agent_id,))
        if not rows:
            raise NotFound(f"There is no agent {agent_id}.", code="agent_not_found")
        return _agent(rows[0])

    async def get_many(self, agent_ids: Collection[str]) -> Sequence[Agent]:
        """See `AgentStore.get_many`."""
        sql = "SELECT body FROM agents WHERE id IN (SELECT value FROM json_each(?))"
        return [_agent(row) for row in await self._database.read(sql, (json.dumps(list(agent_ids)),))]

    async def page(self, *, workspace_id: str | None, limit: int, cursor: str | None) -> AgentPage:
        """See `AgentStore.page`."""
        values: list[Value] = [cursor or ""]
        of_workspace = ""
        if workspace_id is not None:
            of_workspace = "AND workspace_id = ?"
            values.append(workspace_id)
        sql = f"SELECT body FROM agents WHERE id > ? {of_workspace} ORDER BY id LIMIT ?"  # noqa: S608 - constant parts
        rows = await self._database.read(sql, (*values, limit + 1))
        agents = tuple(_agent(row) for row in rows[:limit])
        return AgentPage(agents, agents[-1].id if len(rows) > limit else None)

    async def add(self, agent: Agent) -> None:
        """See `AgentStore.add`."""
        sql = "INSERT INTO agents (id, workspace_id, token_sha256, stamp, body) VALUES (?, ?, ?, ?, ?)"
        try:
            async with self._database.transaction() as transaction:
                await transaction.run(sql, (agent.id, agent.workspace_id, *_content(agent)))
                await transaction.run(_BUMP)
        except sqlite3.IntegrityError as error:
            if "token_sha256" in str(error):
                raise _token_taken() from None
            raise Conflict(f"Agent {agent.id} exists already.", code="agent_exists", param="id") from None

    async def replace(self, old: Agent, new: Agent) -> None:
        """See `AgentStore.replace`."""
        sql = "UPDATE agents SET token_sha256 = ?, stamp = ?, body = ? WHERE id = ? AND stamp = ?"
        try:
            async with self._database.transaction() as transaction:
                if not await transaction.run(sql, (*_content(new), old.id, agent_stamp(old))):
                    raise WriteConflict(f"Agent {old.id} was changed at the same time; try again.")
                await transaction.run(_BUMP)
        except sqlite3.IntegrityError:
            raise _token_taken() from None

    async def remove(self, agent_id: str) -> None:
        """See `AgentStore.remove`."""
        async with self._database.transaction() as transaction:
            if not await transaction.run("DELETE FROM agents WHERE id = ?", (agent_id,)):
                raise NotFound(f"There is no agent {agent_id}.", code="agent_not_found")
            await transaction.run(_BUMP)

    async def version(self) -> int:
        """See `AgentStore.version`."""
        ((value,),) = await self._database.read("SELECT value FROM versions WHERE name = 'agents'")
        return int(value or 0)

    async def stamps(self) -> Mapping[str, str]:
        """See `AgentStore.stamps`."""
        return {
            str(agent_id): str(stamp) for agent_id, stamp in await self._database.read("SELECT id, stamp FROM agents")
        }


def _content(agent: Agent) -> tuple[str, str, str]:
    return agent.token_sha256, agent_stamp(agent), agent_json(agent).decode()


def _agent(row: Row) -> Agent:
    return agent_from_json(str(row[0]))


def _token_taken() -> Conflict:
    return Conflict("This token belongs to another agent.", code="token_taken", param="token_sha256")
