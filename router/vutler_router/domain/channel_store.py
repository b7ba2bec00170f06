"""The port behind which channels and their messages are kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from vutler_router.domain.channel import Channel, Draft, Hook, Message, Wake

__all__ = ["MESSAGES_KEPT", "ChannelPage", "ChannelStore"]

MESSAGES_KEPT: Final = 10_000
"""Of each channel, the newest."""


@dataclass(frozen=True, slots=True)
class ChannelPage:
    """Some channels in the order of their ids, and where to go on."""

    channels: Sequence[Channel]
    next_cursor: str | None


class ChannelStore(Protocol):
    """Keeps channels, messages and webhooks.

    Every method raises `StorageError` when the database does not answer in time.
    """

    async def add(self, channel: Channel) -> None:
        """Keep a new channel. Raises `Conflict` when its workspace has one of that name."""
        ...

    async def find(self, channel_id: str) -> Channel | None:
        """Return the channel of this id."""
        ...

    async def by_key(self, key: str) -> Channel | None:
        """Return the channel of this key; None when it was deleted."""
        ...

    async def page(self, *, workspace_id: str | None, limit: int, cursor: str | None) -> ChannelPage:
        """Return channels of one workspace, or of all, in the order of their ids behind `cursor`."""
        ...

    async def count(self, workspace_id: str) -> int:
        """Return how many channels a workspace has."""
        ...

    async def remove(self, channel: Channel) -> None:
        """Delete a channel with everything in it; one that is gone is no error."""
        ...

    async def post(self, key: str, draft: Draft) -> Message:
        """Keep a message under the next number of its channel; the oldest beyond `MESSAGES_KEPT` may go.

        Whoever reads past number n has been shown n: a number is taken only when all before it are readable.
        """
        ...

    async def messages(
        self, key: str, *, limit: int, after: int | None = None, before: int | None = None
    ) -> Sequence[Message]:
        """Return messages by number: the first behind `after`, or else the last before `before`, or of all."""
        ...

    async def newest(self, key: str) -> int:
        """Return the number of the newest message, 0 when there is none; cheap enough to ask every second."""
        ...

    async def waiting(self, limit: int) -> Sequence[Wake]:
        """Return agents that are to answer, those of the oldest messages first."""
        ...

    async def settle(self, wake: Wake) -> None:
        """Note that an agent has answered, or never will."""
        ...

    async def answer_to(self, wake: Wake) -> Message | None:
        """Return what was already posted in answer to a wake: the agent's words, or the notice that there are none."""
        ...

    async def last_wake(self, agent_id: str, *, since: datetime) -> Message | None:
        """Return the newest message that woke this agent in any channel, whether or not it has answered."""
        ...

    async def add_hook(self, hook: Hook) -> None:
        """Keep a new webhook."""
        ...

    async def hooks(self, key: str) -> Sequence[Hook]:
        """Return the webhooks of a channel, the oldest first."""
        ...

    async def hook_by_token(self, token_sha256: str) -> Hook | None:
        """Return the incoming webhook with this token."""
        ...

    async def outgoing(self) -> Sequence[Hook]:
        """Return the outgoing webhooks of all channels."""
        ...

    async def mark_delivered(self, hook: Hook, number: int) -> None:
        """Note that messages up to this one need no more posting by this webhook."""
        ...

    async def reseal_hook(self, hook: Hook) -> None:
        """Keep a webhook's address and secret as they are sealed now; one that was deleted stays so."""
        ...

    async def remove_hook(self, key: str, hook_id: str) -> bool:
        """Delete a webhook of a channel; False when there is none of that id."""
        ...
