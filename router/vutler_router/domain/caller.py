"""Who is asking."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from vutler_router.domain.agent import Agent

__all__ = ["AdminCaller", "AgentCaller", "Caller", "TokenCaller", "UserCaller"]


@dataclass(frozen=True, slots=True)
class AdminCaller:
    """The holder of the admin token: the operator or an administrator. May do everything."""


@dataclass(frozen=True, slots=True)
class AgentCaller:
    """An agent with its router token. May use its own models, tools and usage, and its workspace's drive."""

    agent: Agent


@dataclass(frozen=True, slots=True)
class UserCaller:
    """A person with an account of the cluster. May do with agents what the cluster's RBAC lets them do with Agents.

    Attributes:
        name: The cluster's name for them, for example `system:serviceaccount:team-a:ana`.
        uid: Tells apart those who bore one name one after the other; empty where the cluster gives none.
        groups: Theirs when they signed in.
        extra: What else the cluster's authorizers may look at.
    """

    name: str
    uid: str = ""
    groups: tuple[str, ...] = ()
    extra: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)


TokenCaller = AdminCaller | AgentCaller
"""Who may come with a token of ours."""

Caller = TokenCaller | UserCaller
"""Closed on purpose: `match` it, so that a new kind of caller is decided upon everywhere."""
