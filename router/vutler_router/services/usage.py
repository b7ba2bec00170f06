"""What agents and workspaces used, what it cost, and how it stands to their plans."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from vutler_router.domain.agent import Agent
from vutler_router.domain.llm_json import JsonObject
from vutler_router.domain.money import to_usd
from vutler_router.domain.plans import Plans
from vutler_router.metering.totals import Dimension, Sums, UsageReader, UsageTotal
from vutler_router.services.directory import AgentDirectory
from vutler_router.services.periods import Period, PeriodName
from vutler_router.services.plan_share import PlanShare, forecast, share_of

__all__ = ["UsageService"]

_BREAKDOWNS: Final = {
    "by_model": Dimension.MODEL,
    "by_date": Dimension.DATE,
    "by_category": Dimension.CATEGORY,
}


@dataclass(frozen=True, slots=True)
class _Scope:
    """Whose use is asked for; None is everybody's."""

    agent_id: str | None = None
    workspace_id: str | None = None


class UsageService:
    """Reads day totals and relates them to plans.

    A plan is monthly: `included_tokens`, `percent`, `overage_tokens` and `forecast` always speak of the current
    month, whatever period the totals are for.
    """

    def __init__(
        self, reader: UsageReader, directory: AgentDirectory, plans: Plans, now: Callable[[], datetime]
    ) -> None:
        self._reader = reader
        self._directory = directory
        self._plans = plans
        self._now = now

    async def of_agent(self, agent_id: str, period: PeriodName) -> JsonObject:
        """Return one agent's use.

        Raises:
            NotFound: There is no such agent.
            StorageError: The database does not answer in time.
        """
        agent = self._directory.get(agent_id)
        now, scope = self._now(), _Scope(agent_id=agent_id)
        month = Period.around(PeriodName.MONTH, now)
        monthly = _total(await self._totals(Dimension.AGENT, month, scope))
        return {
            "agent_id": agent.id,
            "workspace_id": agent.workspace_id,
            "tier": agent.llm.tier if agent.llm is not None else None,
            **await self._figures(period, now, scope),
            **_share_view(self._share(agent, monthly)),
            "forecast": forecast(monthly, month.elapsed(now), self._included(agent)),
        }

    async def summary(self, period: PeriodName, *, workspace_id: str | None = None) -> JsonObject:
        """Return the use of a workspace, or of all, with a line for every agent that is there or was used.

        Raises:
            StorageError: The database does not answer in time.
        """
        now, scope = self._now(), _Scope(workspace_id=workspace_id)
        span, month = Period.around(period, now), Period.around(PeriodName.MONTH, now)
        monthly = {line.key: line.sums for line in await self._totals(Dimension.AGENT, month, scope)}
        used = monthly
        if span != month:
            used = {line.key: line.sums for line in await self._totals(Dimension.AGENT, span, scope)}
        agents = {agent.id: agent for agent in self._directory if workspace_id in {None, agent.workspace_id}}
        shares = {
            agent_id: self._share(agents.get(agent_id), monthly.get(agent_id, Sums()))
            for agent_id in sorted(agents.keys() | used.keys())
        }
        all_monthly = sum(monthly.values(), Sums())
        included = sum(share.included_tokens for share in shares.values())
        return {
            "workspace_id": workspace_id,
            **await self._figures(period, now, scope),
            **_share_view(PlanShare.total(shares.values())),
            "forecast": forecast(all_monthly, month.elapsed(now), included),
            "agents": [
                {
                    "agent_id": agent_id,
                    "workspace_id": agent_id.partition(".")[0],
                    **_sums_view(used.get(agent_id, Sums())),
                    **_share_view(share),
                }
                for agent_id, share in shares.items()
            ],
        }

    async def _figures(self, period: PeriodName, now: datetime, scope: _Scope) -> JsonObject:
        """Return the totals of a period and their breakdowns."""
        span = Period.around(period, now)
        lines = {name: await self._totals(by, span, scope) for name, by in _BREAKDOWNS.items()}
        return {
            "period": period.value,
            "from": span.start.isoformat(),
            "to": span.end.isoformat(),
            **_sums_view(_total(lines["by_date"])),
            **{name: [_line_view(by, line) for line in lines[name]] for name, by in _BREAKDOWNS.items()},
        }

    async def _totals(self, by: Dimension, span: Period, scope: _Scope) -> list[UsageTotal]:
        return list(
            await self._reader.totals(
                by, span.first, span.last, agent_id=scope.agent_id, workspace_id=scope.workspace_id
            )
        )

    def _share(self, agent: Agent | None, monthly: Sums) -> PlanShare:
        return share_of(monthly.plan_tokens, self._included(agent))

    def _included(self, agent: Agent | None) -> int:
        """Return the tokens a month that an agent's plan covers; 0 without a plan."""
        tier_id = agent.llm.tier if agent is not None and agent.llm is not None else None
        tier = self._plans.find(tier_id) if tier_id is not None else None
        return tier.included_tokens if tier is not None else 0


def _total(lines: Iterable[UsageTotal]) -> Sums:
    return sum((line.sums for line in lines), Sums())


def _line_view(by: Dimension, line: UsageTotal) -> JsonObject:
    """Show one line of a breakdown."""
    if by is Dimension.MODEL:
        provider, _, model = line.key.partition("/")
        return {"provider": provider, "model": model, **_sums_view(line.sums)}
    return {by.value: line.key, **_sums_view(line.sums)}


def _sums_view(sums: Sums) -> JsonObject:
    """Show sums by the names of the API, money in USD."""
    return {
        "requests": sums.requests,
        "tokens_input": sums.tokens_input,
        "tokens_output": sums.tokens_output,
        "tokens_total": sums.tokens_total,
        "tokens_cached": sums.tokens_cached,
        "tokens_reasoning": sums.tokens_reasoning,
        "cost_input": to_usd(sums.cost_input),
        "cost_output": to_usd(sums.cost_output),
        "cost_total": to_usd(sums.cost_total),
        "price_total": to_usd(sums.price_total),
        "requests_unpriced": sums.unpriced,
    }


def _share_view(share: PlanShare) -> JsonObject:
    return {
        "included_tokens": share.included_tokens,
        "percent": share.percent,
        "overage_tokens": share.overage_tokens,
    }
