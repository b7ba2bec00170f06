"""Channels for agents and people: what the API and the agents' tools call."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from vutler_router.domain.breaker_store import stored_time
from vutler_router.domain.channel import Author, AuthorKind, Channel, Draft, Message
from vutler_router.domain.channel_store import ChannelPage, ChannelStore
from vutler_router.domain.identifiers import DEFAULT_WORKSPACE, AgentId
from vutler_router.domain.scope import Scope
from vutler_router.errors import Conflict, InvalidRequest, NotFound
from vutler_router.services.channels.mentions import CHAT_TOOL, Mentions
from vutler_router.services.channels.metrics import ChatMetrics
from vutler_router.services.channels.words import channel_name, checked_text, shown_name

__all__ = ["ADMIN_NAME", "LARGEST_PAGE", "ChatService", "MessagePage"]

ADMIN_NAME: Final = "admin"
"""The author where the administrator names nobody."""

LARGEST_PAGE: Final = 200
_MOST_CHANNELS: Final = 500
"""In one workspace."""

_WAKE_COUNTS_FOR: Final = timedelta(hours=1)
"""What an agent posts within this time of being woken may be an answer, however it was posted."""


@dataclass(frozen=True, slots=True)
class MessagePage:
    """Messages by number; `more` says whether others follow in the direction that was read."""

    messages: Sequence[Message]
    more: bool


class ChatService:
    """Lists, posts and reads.

    Every method raises `Forbidden` for an agent without the tool `chat` and `StorageError` when the database is away.

    Args:
        store: Where channels are kept.
        mentions: Decides whom a message wakes.
        metrics: Counts messages.
        now: The time, UTC.
        new_key: Makes keys for channels that nobody has had.
        on_posted: Told the key of a channel in which something was posted.
    """

    def __init__(
        self,
        store: ChannelStore,
        mentions: Mentions,
        metrics: ChatMetrics,
        now: Callable[[], datetime],
        new_key: Callable[[], str],
        on_posted: Callable[[str], None],
    ) -> None:
        self._store = store
        self._mentions = mentions
        self._metrics = metrics
        self._now = now
        self._new_key = new_key
        self._on_posted = on_posted

    async def channels(self, scope: Scope, *, limit: int = LARGEST_PAGE, cursor: str | None = None) -> ChannelPage:
        """Return channels in the order of their ids."""
        scope.require_tool(CHAT_TOOL)
        return await self._store.page(workspace_id=scope.workspace_id, limit=limit, cursor=cursor)

    async def create(self, scope: Scope, name: str, *, workspace_id: str | None = None) -> Channel:
        """Make a channel, in the caller's workspace unless the administrator names one.

        Raises:
            InvalidRequest: The name or the workspace is none.
            NotFound: The workspace is not the agent's.
            Conflict: There is such a channel, or there are too many.
        """
        scope.require_tool(CHAT_TOOL)
        workspace = workspace_id or scope.workspace_id or DEFAULT_WORKSPACE
        AgentId.parse(f"{workspace}.x", param="workspace_id")
        if not scope.sees(workspace):
            raise NotFound(f"There is no workspace {workspace}.", code="workspace_not_found", param="workspace_id")
        created_by = scope.agent.id if scope.agent is not None else scope.person or ADMIN_NAME
        channel = Channel(workspace, channel_name(name), self._new_key(), created_by, stored_time(self._now()))
        if await self._store.count(workspace) >= _MOST_CHANNELS:
            raise Conflict(
                f"Workspace {workspace} has {_MOST_CHANNELS} channels, the most there may be; delete one first.",
                code="too_many_channels",
            )
        await self._store.add(channel)
        return channel

    async def find(self, scope: Scope, channel: str) -> Channel:
        """Return a channel by its id, or by its name in the caller's workspace. Raises `NotFound`."""
        scope.require_tool(CHAT_TOOL)
        wanted = channel.removeprefix("#")
        workspace, _, _ = wanted.rpartition(".")
        if not workspace:
            workspace = scope.workspace_id or DEFAULT_WORKSPACE
            wanted = f"{workspace}.{wanted}"
        found = await self._store.find(wanted) if scope.sees(workspace) else None
        if found is None:
            raise NotFound("There is no such channel; list them to see their names.", code="channel_not_found")
        return found

    async def delete(self, scope: Scope, channel: str) -> None:
        """Delete a channel with its messages and webhooks. Raises `NotFound`."""
        await self._store.remove(await self.find(scope, channel))

    async def post(self, scope: Scope, channel: str, text: str, *, author: str | None = None) -> Message:
        """Say something, and wake the agents that it mentions.

        Args:
            scope: Who says it: an agent, a person, or the administrator for one.
            channel: Where.
            text: At most `LONGEST_MESSAGE` bytes.
            author: A person's name, from the administrator; everybody else speaks under their own.

        Raises:
            InvalidRequest: The text is empty, too long or none.
            NotFound: There is no such channel.
        """
        found = await self.find(scope, channel)
        if scope.agent is not None:
            if author is not None:
                raise InvalidRequest("An agent speaks under its own name; leave author out.", param="author")
            return await self.say(found, Author(AuthorKind.AGENT, scope.agent.id), text)
        if scope.person is not None:
            if author not in {None, scope.person}:
                raise InvalidRequest("People speak under their own names; leave author out.", param="author")
            return await self.say(found, Author(AuthorKind.PERSON, scope.person), text)
        name = ADMIN_NAME if author is None else shown_name(author, param="author")
        return await self.say(found, Author(AuthorKind.PERSON, name), text)

    async def say(self, channel: Channel, author: Author, text: str) -> Message:
        """Post for somebody whose right to it was checked. Raises `InvalidRequest`."""
        plain, depth = checked_text(text), await self._depth(author)
        wakes = self._mentions.wakes(channel.workspace_id, author, plain, depth)
        return await self.keep(channel.key, Draft(author, plain, stored_time(self._now()), depth, wakes))

    async def keep(self, key: str, draft: Draft) -> Message:
        """Keep a message as it is, and tell whoever follows the channel."""
        message = await self._store.post(key, draft)
        self._metrics.count("posted")
        self._on_posted(key)
        return message

    async def read(
        self,
        scope: Scope,
        channel: str,
        *,
        limit: int = 50,
        after: int | None = None,
        before: int | None = None,
    ) -> MessagePage:
        """Return messages, the oldest of them first: those behind `after`, or else the last ones before `before`.

        Raises:
            NotFound: There is no such channel.
        """
        found = await self.find(scope, channel)
        messages = await self._store.messages(found.key, limit=limit + 1, after=after, before=before)
        more = len(messages) > limit
        if after is not None:
            return MessagePage(messages[:limit], more)
        return MessagePage(messages[-limit:], more)

    async def _depth(self, author: Author) -> int:
        """Return how deep an author's words lie: an agent may post with its tool what is an answer all the same."""
        if author.kind is not AuthorKind.AGENT:
            return 0
        woken_by = await self._store.last_wake(author.name, since=self._now() - _WAKE_COUNTS_FOR)
        return 1 if woken_by is None else woken_by.depth + 1
