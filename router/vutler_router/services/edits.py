"""Changes an agent's record without losing what somebody else changes at the same time."""

from collections.abc import Callable
from typing import Final

from vutler_router.domain.agent import Agent
from vutler_router.domain.agent_store import AgentStore
from vutler_router.errors import WriteConflict

__all__ = ["edit_agent"]

_ATTEMPTS: Final = 5
"""More than a handful of writers of one record at one moment is a fault elsewhere."""


async def edit_agent(store: AgentStore, agent_id: str, change: Callable[[Agent], Agent]) -> Agent:
    """Read, change and write an agent, again when somebody else was faster; writes nothing when nothing changes.

    Raises:
        NotFound: There is no such agent.
        WriteConflict: Others kept being faster.
    """
    for _ in range(_ATTEMPTS):
        old = await store.get(agent_id)
        new = change(old)
        if new == old:
            return old
        try:
            await store.replace(old, new)
        except WriteConflict:
            continue
        return new
    raise WriteConflict(f"Agent {agent_id} is being changed by others all the time; try again.", retry_after=1)
