"""Who is asking."""

from dataclasses import dataclass

from vutler_router.domain.agent import Agent

__all__ = ["AdminCaller", "AgentCaller", "Caller"]


@dataclass(frozen=True, slots=True)
class AdminCaller:
    """The holder of the admin token: the operator or an administrator. May do everything."""


@dataclass(frozen=True, slots=True)
class AgentCaller:
    """An agent with its router token. May use its own models, tools and usage, and its workspace's drive."""

    agent: Agent


Caller = AdminCaller | AgentCaller
"""Closed on purpose: `match` it, so that a new kind of caller is decided upon everywhere."""
