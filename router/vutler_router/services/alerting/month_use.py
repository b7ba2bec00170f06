"""What agents used in a month, beside what they may use."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from vutler_router.domain.agent import Agent
from vutler_router.domain.plans import Plans
from vutler_router.metering.totals import Dimension, Sums, UsageReader
from vutler_router.services.alerting.thresholds import Bound, bounds_of
from vutler_router.services.directory import AgentDirectory
from vutler_router.services.usage.periods import Period, PeriodName

__all__ = ["AgentMonth", "MonthUse"]

_FEW: Final = 8
"""Agents asked for one by one, each by an index; more are cheaper all at once."""


@dataclass(frozen=True, slots=True)
class AgentMonth:
    """One agent's use of a month, and its plan and budgets of today."""

    agent: Agent
    bounds: tuple[Bound, ...]
    sums: Sums


class MonthUse:
    """Reads day totals for those agents that have a plan or a budget."""

    def __init__(self, reader: UsageReader, directory: AgentDirectory, plans: Plans) -> None:
        self._reader = reader
        self._directory = directory
        self._plans = plans

    async def of(self, first: date, agent_ids: Collection[str] | None) -> Sequence[AgentMonth]:
        """Return the use of a month that begins on this day, of these agents or of all.

        Raises:
            StorageError: The database does not answer in time.
        """
        bounded = {
            agent.id: (agent, bounds)
            for agent in self._directory
            if (agent_ids is None or agent.id in agent_ids) and (bounds := bounds_of(agent, self._plans))
        }
        month = Period.holding(PeriodName.MONTH, first)
        wanted: Sequence[str | None] = [*bounded] if len(bounded) <= _FEW else [None]
        sums: dict[str, Sums] = {}
        for agent_id in wanted:
            lines = await self._reader.totals(Dimension.AGENT, month.first, month.last, agent_id=agent_id)
            sums |= {line.key: line.sums for line in lines}
        return [AgentMonth(*bounded[key], found) for key, found in sums.items() if key in bounded]
