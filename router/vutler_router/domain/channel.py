"""Channels of a workspace, what is said in them, and the webhooks that lead in and out."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from vutler_router.domain.sealed import Sealed

__all__ = ["Author", "AuthorKind", "Channel", "Draft", "Hook", "HookFormat", "HookKind", "Message", "Wake"]


class AuthorKind(StrEnum):
    """Who says something. Names may be alike, kinds are not: nobody but the router itself speaks as `agent`."""

    PERSON = "person"
    """Somebody for whom the administrator speaks."""

    AGENT = "agent"
    WEBHOOK = "webhook"
    """Somebody outside, through an incoming webhook."""

    NOTICE = "notice"
    """The router: why there is no answer."""


@dataclass(frozen=True, slots=True)
class Author:
    """Whose words they are; the name of an agent is its id, that of a notice the id of the agent it is about."""

    kind: AuthorKind
    name: str


@dataclass(frozen=True, slots=True)
class Channel:
    """A place in a workspace where agents and people write.

    Attributes:
        key: Random; what belongs to a channel is kept under it, so that a new channel of an old name begins empty.
        created_by: An agent's id, or `admin`.
        created_at: UTC in whole milliseconds.
    """

    workspace_id: str
    name: str
    key: str
    created_by: str
    created_at: datetime

    @property
    def id(self) -> str:
        """What makes its name unique: `team-a.general`."""
        return f"{self.workspace_id}.{self.name}"


@dataclass(frozen=True, slots=True)
class Draft:
    """Something about to be said.

    Attributes:
        depth: 0 for people and webhooks; what an agent says is one deeper than what woke it.
        wakes: Ids of the agents that are to answer.
        answers: Number of the message that this is the answer to, if it is one.
        created_at: UTC in whole milliseconds.
    """

    author: Author
    text: str
    created_at: datetime
    depth: int = 0
    wakes: tuple[str, ...] = ()
    answers: int | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """What was said, with its place: messages of a channel are numbered 1, 2, 3 … without gaps."""

    number: int
    author: Author
    text: str
    created_at: datetime
    depth: int = 0
    answers: int | None = None


@dataclass(frozen=True, slots=True)
class Wake:
    """An agent that a message mentions and that has not answered yet."""

    channel_key: str
    agent_id: str
    message: Message

    @property
    def id(self) -> str:
        """What several processes know it by."""
        return f"wake/{self.channel_key}/{self.message.number}/{self.agent_id}"


class HookKind(StrEnum):
    """The direction of a webhook, seen from the channel."""

    INCOMING = "incoming"
    OUTGOING = "outgoing"


class HookFormat(StrEnum):
    """Whose incoming format an outgoing webhook writes."""

    SLACK = "slack"
    ROCKETCHAT = "rocketchat"


@dataclass(frozen=True, slots=True)
class Hook:
    """A webhook of a channel.

    Attributes:
        token_sha256: Of an incoming one: the hash of the token in its address.
        verify_sha256: Of an incoming one: the hash of the token that Rocket.Chat or Slack puts in the body, if any.
        url: Of an outgoing one, sealed: such addresses are secrets by themselves.
        host: What of the address may be shown.
        secret: Of an outgoing one, sealed: signs what is posted.
        target: Of an outgoing one: the channel over there, where its address does not decide that.
        delivered: Of an outgoing one: the number of the last message that is over there, or given up.
    """

    id: str
    channel_key: str
    channel_id: str
    kind: HookKind
    name: str
    created_at: datetime
    token_sha256: str | None = None
    verify_sha256: str | None = None
    format: HookFormat = HookFormat.SLACK
    url: Sealed | None = field(default=None, repr=False)
    host: str | None = None
    secret: Sealed | None = field(default=None, repr=False)
    target: str | None = None
    delivered: int = 0
