"""A drive, a mailbox and channels in memory, behind the ports of the tools."""

import asyncio
from collections.abc import Sequence
from typing import Any

from vutler_router.domain.agent import Agent
from vutler_router.domain.llm_json import JsonObject
from vutler_router.errors import NotFound
from vutler_router.services.tools.ports import FilePart, ToolPorts

__all__ = ["MemoryChat", "MemoryDrive", "MemoryMail", "memory_ports"]


class MemoryDrive:
    """Files by workspace and path."""

    def __init__(self) -> None:
        self.files: dict[tuple[str, str], bytes] = {}
        self.hold: asyncio.Event | None = None
        self.reading = self.cancelled = 0

    async def list_files(self, agent: Agent, path: str, *, limit: int, cursor: str | None) -> JsonObject:
        found = sorted(name for space, name in self.files if space == agent.workspace_id and name.startswith(path))
        return {"files": [{"path": name} for name in found if name > (cursor or "")][:limit], "next_cursor": None}

    async def read(self, agent: Agent, path: str, *, offset: int, max_bytes: int) -> FilePart:
        self.reading += 1
        if self.hold is not None:
            try:
                await self.hold.wait()
            except asyncio.CancelledError:
                self.cancelled += 1
                raise
        content = self._content(agent, path)
        return FilePart({"path": path}, content[offset : offset + max_bytes], offset, len(content))

    async def write(
        self, agent: Agent, path: str, content: bytes, *, content_type: str | None, overwrite: bool
    ) -> JsonObject:
        self.files[agent.workspace_id, path] = content
        return {"path": path, "size": len(content), "content_type": content_type, "replaced": overwrite}

    async def delete(self, agent: Agent, path: str) -> JsonObject:
        self._content(agent, path)
        del self.files[agent.workspace_id, path]
        return {"path": path}

    async def share_link(self, agent: Agent, path: str, *, seconds: int) -> JsonObject:
        self._content(agent, path)
        return {"url": f"http://drive/{path}", "seconds": seconds}

    def _content(self, agent: Agent, path: str) -> bytes:
        try:
            return self.files[agent.workspace_id, path]
        except KeyError:
            raise NotFound(f"There is no file {path}.", code="file_not_found") from None


class MemoryMail:
    """One mailbox."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []

    async def send(self, agent: Agent, *, to: Sequence[str], subject: str, text: str) -> JsonObject:
        self.sent.append({"from": agent.id, "to": list(to), "subject": subject, "text": text})
        return {"id": f"mail_{len(self.sent)}"}

    async def list_mails(self, agent: Agent, *, limit: int, cursor: str | None) -> JsonObject:
        return {"mails": [{"id": "mail_1"}][:limit], "next_cursor": cursor, "of": agent.id}

    async def read(self, agent: Agent, mail_id: str) -> JsonObject:
        return {"id": mail_id, "text": "x" * 40_000, "of": agent.id}

    async def reply(self, agent: Agent, mail_id: str, *, text: str) -> JsonObject:
        self.sent.append({"from": agent.id, "reply_to": mail_id, "text": text})
        return {"id": f"mail_{len(self.sent)}"}


class MemoryChat:
    """One channel a workspace, `general`."""

    def __init__(self) -> None:
        self.posts: list[tuple[str, str]] = []

    async def channels(self, agent: Agent) -> JsonObject:
        return {"channels": [{"name": "general", "workspace_id": agent.workspace_id}]}

    async def post(self, agent: Agent, channel: str, *, text: str) -> JsonObject:
        if channel == "broken":
            raise RuntimeError("a fault of ours, with a secret")
        if channel != "general":
            raise NotFound(f"There is no channel {channel}.", code="channel_not_found")
        self.posts.append((agent.id, text))
        return {"id": f"message_{len(self.posts)}"}

    async def read(self, agent: Agent, channel: str, *, limit: int, after: int | None) -> JsonObject:
        told = [{"from": sender, "text": text} for sender, text in self.posts][-limit:]
        return {"messages": told, "after": after, "of": agent.workspace_id, "channel": channel}


def memory_ports() -> ToolPorts:
    """Return all three."""
    return ToolPorts(MemoryDrive(), MemoryMail(), MemoryChat())
