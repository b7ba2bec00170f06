"""Asking other agents, and seeing what one has used oneself."""

import time
from typing import Final, Literal

from pydantic import Field
from typing_extensions import override

from vutler_router.domain.agent import Agent
from vutler_router.domain.llm_json import JsonObject
from vutler_router.mcp_server.arguments import Arguments, NoArguments
from vutler_router.mcp_server.texts import bounded, json_text
from vutler_router.mcp_server.tool import Call, Tool, Tools, everybody
from vutler_router.services.asking.service import AskService, Delegate, Question
from vutler_router.services.usage.periods import AskedPeriod
from vutler_router.services.usage.reports import UsageService

__all__ = ["agent_tools"]

_LONGEST_MESSAGE: Final = 200_000
_LONGEST_SECONDS: Final = 600
_PROGRESS_SECONDS: Final = 1.0
_SHOWN: Final = (
    *("period", "from", "to", "requests", "tokens_input", "tokens_output", "tokens_total", "cost_total"),
    *("included_tokens", "percent", "overage_tokens", "forecast", "limits"),
)
"""What of an agent's usage a model is shown: its breakdowns are for people."""


class AskAgent(Arguments):
    """See `agent_ask`."""

    agent: str = Field(min_length=1, max_length=120, description="Name of the agent, from agents_list. Example: coder")
    message: str = Field(
        min_length=1,
        max_length=_LONGEST_MESSAGE,
        description="The task, with everything the agent needs to know: it sees nothing of your conversation.",
    )
    timeout_seconds: int | None = Field(
        None, ge=1, le=_LONGEST_SECONDS, description="How long to wait; by default 120 seconds."
    )

    @property
    @override
    def target(self) -> str:
        return self.agent


class UsageOf(Arguments):
    """See `usage_mine`."""

    period: Literal["day", "week", "month"] = Field("month", description="The current day, week or month, in UTC.")


def agent_tools(asks: AskService, usage: UsageService) -> Tools:
    """Return the tools that need nothing but agents."""

    async def ask(call: Call, given: AskAgent) -> str:
        told = _Told(call)
        question = Question(given.agent, given.message, given.timeout_seconds)
        answer = await asks.ask(call.agent, question, told.piece)
        call.tree_id = answer.tree_id
        return bounded(
            answer.content or "(The agent answered without a word.)",
            "Ask for a shorter answer, or to put the result on the drive and say where.",
        )

    async def list_agents(call: Call, _given: NoArguments) -> str:
        return json_text({"agents": [_shown(delegate) for delegate in asks.delegates(call.agent)]})

    async def usage_mine(call: Call, given: UsageOf) -> str:
        used = await usage.of_agent(call.agent.id, AskedPeriod(given.period, None, None, None))
        return json_text({name: used[name] for name in _SHOWN if name in used})

    return (
        Tool(
            "agent_ask",
            "Ask another agent of your team and wait for its answer. Use it for work that another agent is there for; "
            "agents_list names those you may ask. The agent knows nothing of your conversation, so say everything it "
            "needs; within one task it remembers what you asked it before. It may take minutes. An agent that waits "
            "for your own answer cannot be asked.",
            AskAgent,
            _may_ask,
            ask,
        ),
        Tool(
            "agents_list",
            "List the agents that you may ask with agent_ask, and whether they run.",
            NoArguments,
            _may_ask,
            list_agents,
            read_only=True,
        ),
        Tool(
            "usage_mine",
            "Tell how many tokens you have used in a day, week or month, what they cost in USD, and how much of your "
            "plan or budget is left. Use it when somebody asks, or before very long work.",
            UsageOf,
            everybody,
            usage_mine,
            read_only=True,
        ),
    )


class _Told:
    """Tells the caller of a long answer that it is coming, now and then."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._characters = 0
        self._last = 0.0

    async def piece(self, text: str) -> None:
        self._characters += len(text)
        now = time.monotonic()
        if now - self._last >= _PROGRESS_SECONDS:
            self._last = now
            await self._call.progress(self._characters, f"{self._characters} characters of the answer are there")


def _may_ask(agent: Agent) -> bool:
    return bool(agent.delegates)


def _shown(delegate: Delegate) -> JsonObject:
    agent = delegate.agent
    if agent is None:
        return {"name": delegate.name, "status": "does not exist yet"}
    running = agent.running and agent.gateway is not None
    return {
        "name": delegate.name,
        "display_name": agent.display_name,
        "status": "runs" if running else "is stopped",
    }
