"""What callers send about channels."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from vutler_router.domain.channel import HookFormat, HookKind
from vutler_router.services.channels.hooks import NewHook

__all__ = ["ChannelBody", "HookBody", "MessageBody"]

Name = Annotated[str, StringConstraints(min_length=1, max_length=256)]
Secret = Annotated[str, StringConstraints(min_length=1, max_length=256)]


class ChannelBody(BaseModel):
    """A new channel."""

    name: Name
    workspace_id: Name | None = None


class MessageBody(BaseModel):
    """Something to say; `author` is the person for whom the administrator says it."""

    text: str
    author: Name | None = None


class HookBody(BaseModel):
    """A new webhook.

    Outgoing: `url`, and if wanted `secret`, `format` and `channel`. Incoming: if wanted `token`, which Rocket.Chat and
    Slack put into every post.
    """

    kind: Literal["incoming", "outgoing"]
    name: Name
    url: Annotated[str, StringConstraints(max_length=4096)] | None = Field(None, repr=False)
    secret: Secret | None = Field(None, repr=False)
    format: Literal["slack", "rocketchat"] = "slack"
    channel: Name | None = None
    token: Secret | None = Field(None, repr=False)

    def to_new(self) -> NewHook:
        """Return the service's value."""
        return NewHook(
            HookKind(self.kind),
            self.name,
            url=self.url,
            secret=self.secret,
            format=HookFormat(self.format),
            target=self.channel,
            verify=self.token,
        )
