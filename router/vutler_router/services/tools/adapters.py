"""Plugs the drive, mailboxes and channels of this router into agents' tools."""

from collections.abc import Sequence

from typing_extensions import override

from vutler_router.domain.agent import Agent
from vutler_router.domain.llm_json import JsonObject
from vutler_router.domain.scope import Scope
from vutler_router.services.channels.service import ChatService
from vutler_router.services.channels.views import channel_view, message_view
from vutler_router.services.drive import DriveScope, DriveService
from vutler_router.services.drive.views import file_view, link_view
from vutler_router.services.mail.service import MailService
from vutler_router.services.mail.views import mail_line, mail_view
from vutler_router.services.tools.ports import ChatTools, DriveTools, FilePart, MailTools

__all__ = ["AgentChannels", "AgentDrive", "AgentMail"]


class AgentDrive(DriveTools):
    """See `DriveTools`: the workspace's drive, in which relative paths begin in the agent's own folder.

    Args:
        drive: All workspaces'.
        address: Where people reach this router, for links; empty where nobody said.
    """

    def __init__(self, drive: DriveService, address: str) -> None:
        self._drive = drive
        self._address = address

    @override
    async def list_files(self, agent: Agent, path: str, *, limit: int, cursor: str | None) -> JsonObject:
        listing = await self._drive.list(DriveScope.of_agent(agent), path, limit=limit, cursor=cursor)
        return {
            "folder": listing.folder,
            "folders": list(listing.folders),
            "files": [file_view(file) for file in listing.files],
            "next_cursor": listing.next_cursor,
        }

    @override
    async def read(self, agent: Agent, path: str, *, offset: int, max_bytes: int) -> FilePart:
        file = await self._drive.find(DriveScope.of_agent(agent), path)
        start = min(offset, file.size)
        pieces = await self._drive.stream(file, start, min(start + max_bytes, file.size))
        return FilePart(file_view(file), b"".join([piece async for piece in pieces]), start, file.size)

    @override
    async def write(
        self, agent: Agent, path: str, content: bytes, *, content_type: str | None, overwrite: bool
    ) -> JsonObject:
        scope = DriveScope.of_agent(agent)
        return file_view(await self._drive.write(scope, path, content, content_type or "", overwrite=overwrite))

    @override
    async def delete(self, agent: Agent, path: str) -> JsonObject:
        return file_view(await self._drive.delete(DriveScope.of_agent(agent), path))

    @override
    async def share_link(self, agent: Agent, path: str, *, seconds: int) -> JsonObject:
        link = await self._drive.share_link(DriveScope.of_agent(agent), path, seconds)
        return link_view(link, self._address)


class AgentMail(MailTools):
    """See `MailTools`."""

    def __init__(self, mail: MailService) -> None:
        self._mail = mail

    @override
    async def send(self, agent: Agent, *, to: Sequence[str], subject: str, text: str) -> JsonObject:
        return mail_line(await self._mail.send(Scope.of(agent), to, subject, text))

    @override
    async def list_mails(self, agent: Agent, *, limit: int, cursor: str | None) -> JsonObject:
        page = await self._mail.list(Scope.of(agent), limit=limit, cursor=cursor)
        return {"mails": [mail_line(mail) for mail in page.mails], "next_cursor": page.next_cursor}

    @override
    async def read(self, agent: Agent, mail_id: str) -> JsonObject:
        return mail_view(await self._mail.read(Scope.of(agent), mail_id))

    @override
    async def reply(self, agent: Agent, mail_id: str, *, text: str) -> JsonObject:
        return mail_line(await self._mail.reply(Scope.of(agent), mail_id, text))


class AgentChannels(ChatTools):
    """See `ChatTools`."""

    def __init__(self, chat: ChatService) -> None:
        self._chat = chat

    @override
    async def channels(self, agent: Agent) -> JsonObject:
        page = await self._chat.channels(Scope.of(agent))
        return {"channels": [channel_view(channel) for channel in page.channels]}

    @override
    async def post(self, agent: Agent, channel: str, *, text: str) -> JsonObject:
        scope = Scope.of(agent)
        return message_view(await self._chat.find(scope, channel), await self._chat.post(scope, channel, text))

    @override
    async def read(self, agent: Agent, channel: str, *, limit: int, after: int | None) -> JsonObject:
        scope = Scope.of(agent)
        found = await self._chat.find(scope, channel)
        page = await self._chat.read(scope, channel, limit=limit, after=after)
        return {"messages": [message_view(found, message) for message in page.messages], "more": page.more}
