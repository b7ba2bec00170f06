"""Talks to an agent itself: the OpenClaw gateway in its pod."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import orjson

from vutler_router.domain.agent import Agent
from vutler_router.errors import Conflict, UpstreamError
from vutler_router.keys.scrubbing import scrub
from vutler_router.providers.failures import error_of_reply
from vutler_router.providers.ports import Reply, Transport, UpstreamCall
from vutler_router.services.directory import AgentDirectory

__all__ = ["AgentGateway", "Asked", "Probes"]

_OK: Final = 200
_MODEL: Final = "openclaw"
"""The name under which a gateway answers as its agent."""

_HEADERS: Final = {"accept-encoding": "identity", "user-agent": "vutler-router"}
_LARGEST_ERROR: Final = 64 << 10
_PROBE_SECONDS: Final = 2.0
"""For both probes: a process that is gone refuses at once, a node that is gone says nothing."""


@dataclass(frozen=True, slots=True)
class Probes:
    """What an agent's own probes say at this moment; `detail` explains what is not well."""

    live: bool
    ready: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """An answer that is under way.

    Attributes:
        tree_id: Under which what the agent does for it is on record; None where nobody keeps one.
    """

    reply: Reply
    tree_id: str | None = None


class AgentGateway:
    """Sends messages to agents and asks how they are.

    Args:
        transport: The way to pods; their addresses come from the operator.
        directory: Knows the gateways' tokens.
        now: The time.
    """

    def __init__(self, transport: Transport, directory: AgentDirectory, now: Callable[[], datetime]) -> None:
        self._transport = transport
        self._directory = directory
        self._now = now

    @asynccontextmanager
    async def asked(
        self, agent: Agent, messages: Sequence[Mapping[str, object]], *, session: str | None, stream: bool
    ) -> AsyncIterator[Asked]:
        """Ask the agent; its answer is open for the life of the block and in OpenAI's form.

        Args:
            agent: Whom to ask.
            messages: What to say; with a session the new message is enough.
            session: The conversation this belongs to; None begins a new one.
            stream: Whether to answer in pieces.

        Raises:
            Conflict: The agent has no gateway, or is stopped.
            UpstreamError: It did not answer.
        """
        token = self._directory.gateway_token(agent) or ""
        fields = {"model": _MODEL, "messages": messages, "stream": stream}
        if session is not None:
            fields["user"] = session
        headers = {"content-type": "application/json", **_HEADERS, "authorization": f"Bearer {token}"}
        reply = await self._transport.send(
            UpstreamCall(
                "the agent", f"{_address(agent)}/v1/chat/completions", headers, orjson.dumps(fields), reuse=False
            )
        )
        try:
            if reply.status != _OK:
                said = await reply.start(_LARGEST_ERROR)
                raise error_of_reply(
                    "the agent", reply.status, reply.headers, said, lambda text: scrub(text, [token]), self._now()
                )
            yield Asked(reply)
        finally:
            reply.close()

    async def probes(self, agent: Agent) -> Probes | None:
        """Ask the agent's own probes, whether it is to run or not; None where there is nobody to ask."""
        if agent.gateway is None:
            return None
        address = agent.gateway.url.rstrip("/")
        try:
            async with asyncio.timeout(_PROBE_SECONDS):
                status = await self._probe(f"{address}/healthz")
                if status != _OK:
                    answered = f"The agent answers its liveness probe with HTTP {status}."
                    return Probes(live=False, ready=False, detail=answered)
                ready = await self._probe(f"{address}/readyz") == _OK
        except TimeoutError:
            return Probes(live=False, ready=False, detail=f"The agent did not answer within {_PROBE_SECONDS:.0f} s.")
        except UpstreamError as error:
            return Probes(live=False, ready=False, detail=error.message)
        return Probes(True, ready, "" if ready else "The agent is starting, or something it needs is missing.")

    async def _probe(self, url: str) -> int:
        reply = await self._transport.send(UpstreamCall("the agent", url, _HEADERS, b"", method="GET", reuse=False))
        await reply.finish()
        return reply.status


def _address(agent: Agent) -> str:
    if not agent.running:
        raise Conflict(f"Agent {agent.id} is stopped; start it first.", code="agent_stopped")
    if agent.gateway is None:
        raise Conflict(
            f"Agent {agent.id} has no gateway: it exists in the router only. Ask its model with via: llm.",
            code="agent_without_gateway",
        )
    return agent.gateway.url.rstrip("/")
