"""An agent as the router knows it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from vutler_router.domain.llm import LlmSettings
from vutler_router.domain.sealed import Sealed

__all__ = ["DEFAULT_TOOLS", "Agent", "FormerToken", "Gateway", "ManagedBy"]

DEFAULT_TOOLS = ("email", "chat", "drive")
"""The platform's tools an agent gets when nothing is said."""


class ManagedBy(StrEnum):
    """Who keeps an agent's record right."""

    API = "api"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Gateway:
    """How to reach the agent itself.

    Attributes:
        url: Its OpenClaw gateway inside the cluster.
        token: The gateway's token, sealed for this agent.
    """

    url: str
    token: Sealed | None = None


@dataclass(frozen=True, slots=True)
class FormerToken:
    """The token that an agent had before; its pod uses it until it has restarted with the new one.

    Attributes:
        sha256: 64 hexadecimal digits of its hash.
        until: From then on it is refused, UTC.
    """

    sha256: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Agent:
    """One agent's record; plain data, secrets sealed.

    Attributes:
        id: `<workspace>.<name>`.
        workspace_id: The namespace.
        token_sha256: 64 hexadecimal digits of the hash of its router token; the token itself is kept nowhere.
        former_token: The one before, for some minutes after a rotation.
        template: The template it was made from, where the API was told one.
        tools: The platform's tools it may use.
        delegates: Ids of the agents it may ask.
        revision: The operator's opaque mark of what it last pushed.
        llm: Model settings; None when nobody made any.
        created_at: UTC.
        updated_at: UTC; moves only when something changed.
    """

    id: str
    workspace_id: str
    display_name: str
    token_sha256: str
    managed_by: ManagedBy
    created_at: datetime
    updated_at: datetime
    running: bool = True
    gateway: Gateway | None = None
    template: str | None = None
    tools: tuple[str, ...] = DEFAULT_TOOLS
    delegates: tuple[str, ...] = ()
    revision: str | None = None
    llm: LlmSettings | None = None
    former_token: FormerToken | None = None
