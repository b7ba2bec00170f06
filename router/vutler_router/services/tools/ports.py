"""What the tools need of the drive, mail and chat. Each answers as JSON, which the model that called reads."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from vutler_router.domain.agent import Agent
from vutler_router.domain.llm_json import JsonObject

__all__ = ["ChatTools", "DriveTools", "FilePart", "MailTools", "ToolPorts"]


@dataclass(frozen=True, slots=True)
class FilePart:
    """A part of a file.

    Attributes:
        about: The file as lists show it: path, size, content_type and the like.
        data: The bytes from `offset` on, no more than were asked for.
        size: Bytes of the whole file.
    """

    about: JsonObject
    data: bytes = field(repr=False)
    offset: int
    size: int


class DriveTools(Protocol):
    """Files of an agent and of its workspace.

    Every method raises `RouterError`: `NotFound` for what is not there or not the agent's, `InvalidRequest` for a path
    that is none, `TooLarge`, `Conflict`, `StorageError`.
    """

    async def list_files(self, agent: Agent, path: str, *, limit: int, cursor: str | None) -> JsonObject:
        """Return a folder's entries, a page at a time: `{"files": […], "next_cursor": …}`."""
        ...

    async def read(self, agent: Agent, path: str, *, offset: int, max_bytes: int) -> FilePart:
        """Return a part of a file, by its path or id."""
        ...

    async def write(
        self, agent: Agent, path: str, content: bytes, *, content_type: str | None, overwrite: bool
    ) -> JsonObject:
        """Keep a file and return what is known of it."""
        ...

    async def delete(self, agent: Agent, path: str) -> JsonObject:
        """Delete a file, by its path or id, and return what it was."""
        ...

    async def share_link(self, agent: Agent, path: str, *, seconds: int) -> JsonObject:
        """Return an address at which anybody may download a file for so long: `{"url", "expires_at"}`."""
        ...


class MailTools(Protocol):
    """An agent's mailbox. Every method raises `RouterError`, `Forbidden` for a recipient that is not allowed."""

    async def send(self, agent: Agent, *, to: Sequence[str], subject: str, text: str) -> JsonObject:
        """Send a mail to names of agents and addresses, and return what is known of it."""
        ...

    async def list_mails(self, agent: Agent, *, limit: int, cursor: str | None) -> JsonObject:
        """Return mails, the newest first, without their texts: `{"mails": […], "next_cursor": …}`."""
        ...

    async def read(self, agent: Agent, mail_id: str) -> JsonObject:
        """Return a mail with its text."""
        ...

    async def reply(self, agent: Agent, mail_id: str, *, text: str) -> JsonObject:
        """Answer a mail and return what is known of the answer."""
        ...


class ChatTools(Protocol):
    """The channels of an agent's workspace. Every method raises `RouterError`."""

    async def channels(self, agent: Agent) -> JsonObject:
        """Return the channels: `{"channels": […]}`."""
        ...

    async def post(self, agent: Agent, channel: str, *, text: str) -> JsonObject:
        """Post a message and return its id."""
        ...

    async def read(self, agent: Agent, channel: str, *, limit: int, after: int | None) -> JsonObject:
        """Return messages, the oldest first: the last ones, or those behind a message's number: `{"messages": […]}`."""
        ...


@dataclass(frozen=True, slots=True)
class ToolPorts:
    """What there is on this router; the tools of what is None are not listed."""

    drive: DriveTools | None = None
    mail: MailTools | None = None
    chat: ChatTools | None = None
