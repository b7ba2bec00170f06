"""What agents and workspaces used, what it cost, and how it stands to their plans."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from vutler_router.domain.llm_json import JsonObject
from vutler_router.domain.plans import Plans
from vutler_router.metering.totals import CrossReader, Dimension, Sums, UsageLine, UsageTotal
from vutler_router.services.directory import AgentDirectory
from vutler_router.services.usage.accounts import Account, Books, account_of
from vutler_router.services.usage.forecasts import Forecast, MonthCourse
from vutler_router.services.usage.periods import AskedPeriod, Period, PeriodName
from vutler_router.services.usage.plan_share import PlanShare
from vutler_router.services.usage.views import (
    account_view,
    forecast_view,
    limits_view,
    line_view,
    share_view,
    sums_view,
    whose_view,
)

__all__ = ["UsageService"]

_BREAKDOWNS: Final = {
    "by_date": Dimension.DATE,
    "by_model": Dimension.MODEL,
    "by_category": Dimension.CATEGORY,
    "by_request_type": Dimension.REQUEST_TYPE,
}
"""What is read at once; the order is that of a line's keys."""

_MONTH: Final = PeriodName.MONTH
_NOTHING: Final = Sums()

_CHUNK: Final = 50
"""Agents related to their plans in one go: a few milliseconds, which requests under way can wait."""


@dataclass(frozen=True, slots=True)
class _Scope:
    """Whose use is asked for; None is everybody's."""

    agent_id: str | None = None
    workspace_id: str | None = None


class UsageService:
    """Reads day totals and relates them to plans.

    A plan is monthly. `included_tokens`, `percent` and `overage_tokens` speak of one calendar month (`plan_month`):
    the one in which the period ends, or the current one if it ends later. `fair_use`, `limits` and `forecast` always
    speak of the current month.
    """

    def __init__(
        self, reader: CrossReader, directory: AgentDirectory, plans: Plans, now: Callable[[], datetime]
    ) -> None:
        self._reader = reader
        self._directory = directory
        self._plans = plans
        self._now = now

    async def of_agent(self, agent_id: str, asked: AskedPeriod) -> JsonObject:
        """Return one agent's use.

        Raises:
            InvalidRequest: The period is none.
            NotFound: There is no such agent.
            StorageError: The database does not answer in time.
        """
        agent, now, scope = self._directory.get(agent_id), self._now(), _Scope(agent_id=agent_id)
        span = asked.resolve(now)
        lines = await self._lines(span, scope)
        books = await self._books(now, span, scope, {agent_id: _total(lines)})
        account = account_of(agent_id, agent, self._plans, books)
        return {
            **whose_view(agent_id, agent),
            **_figures(now, span, lines),
            "plan_month": f"{books.plan_month.first:%Y-%m}",
            **account_view(account),
            **limits_view(account.limits),
        }

    async def days_of_agent(self, agent_id: str, asked: AskedPeriod) -> tuple[Period, Sequence[JsonObject]]:
        """Return the days that were asked for, and what one agent used of each model on each of them.

        Raises:
            InvalidRequest: The period is none.
            NotFound: There is no such agent.
            StorageError: The database does not answer in time.
        """
        self._directory.get(agent_id)
        span = asked.resolve(self._now())
        by = (Dimension.DATE, Dimension.MODEL)
        lines = await self._reader.lines(by, span.first, span.last, agent_id=agent_id)
        return span, [
            {"agent_id": agent_id, "date": day, **line_view(Dimension.MODEL, UsageTotal(model, line.sums))}
            for line in lines
            for day, model in [line.keys]
        ]

    async def summary(self, asked: AskedPeriod, *, workspace_id: str | None = None) -> JsonObject:
        """Return the use of a workspace, or of all, with a line for every agent that is there or was used.

        The number of queries does not depend on the number of agents.

        Raises:
            InvalidRequest: The period is none.
            StorageError: The database does not answer in time.
        """
        now, scope = self._now(), _Scope(workspace_id=workspace_id)
        span = asked.resolve(now)
        lines = await self._lines(span, scope)
        books = await self._books(now, span, scope, await self._by_agent(span, scope))
        accounts = await self._accounts(workspace_id, books)
        return {
            "workspace_id": workspace_id,
            **_figures(now, span, lines),
            "plan_month": f"{books.plan_month.first:%Y-%m}",
            **share_view(PlanShare.total([account.share for account in accounts])),
            "forecast": forecast_view(Forecast.total([account.forecast for account in accounts])),
            "agents": [
                {**whose_view(account.agent_id, account.agent), **sums_view(account.used), **account_view(account)}
                for account in accounts
            ],
        }

    async def _accounts(self, workspace_id: str | None, books: Books) -> Sequence[Account]:
        """Return the accounts of all agents that are there or were used, by id; now and then others get their turn."""
        agents = {agent.id: agent for agent in self._directory if workspace_id in {None, agent.workspace_id}}
        accounts: list[Account] = []
        for place, agent_id in enumerate(sorted(agents.keys() | books.in_period.keys() | books.in_plan_month.keys())):
            if place % _CHUNK == 0:
                await asyncio.sleep(0)
            accounts.append(account_of(agent_id, agents.get(agent_id), self._plans, books))
        return accounts

    async def _books(self, now: datetime, span: Period, scope: _Scope, used: Mapping[str, Sums]) -> Books:
        """Read what is needed beside the period itself, and nothing twice."""
        course = MonthCourse.at(now)
        plan_month = Period.holding(_MONTH, min(span.last, now.astimezone(UTC).date()))
        read = {span: used}
        for wanted in (plan_month, course.month):
            if wanted not in read:
                read[wanted] = await self._by_agent(wanted, scope)
        before = await self._by_agent(course.before, scope) if course.before is not None else {}
        return Books(course, plan_month, used, read[plan_month], read[course.month], before)

    async def _by_agent(self, span: Period, scope: _Scope) -> Mapping[str, Sums]:
        found = await self._reader.totals(
            Dimension.AGENT, span.first, span.last, agent_id=scope.agent_id, workspace_id=scope.workspace_id
        )
        return {line.key: line.sums for line in found}

    async def _lines(self, span: Period, scope: _Scope) -> Sequence[UsageLine]:
        by = tuple(_BREAKDOWNS.values())
        return await self._reader.lines(
            by, span.first, span.last, agent_id=scope.agent_id, workspace_id=scope.workspace_id
        )


def _figures(now: datetime, span: Period, lines: Sequence[UsageLine]) -> JsonObject:
    """Return the totals of a period and their breakdowns."""
    found = {name: _broken_down(lines, place) for place, name in enumerate(_BREAKDOWNS)}
    found["by_date"] = _every_day(span, now, found["by_date"])
    return {
        "period": span.label,
        "from": span.start.isoformat(),
        "to": span.end.isoformat(),
        **sums_view(_total(lines)),
        **{name: [line_view(by, line) for line in found[name]] for name, by in _BREAKDOWNS.items()},
    }


def _broken_down(lines: Sequence[UsageLine], place: int) -> Sequence[UsageTotal]:
    """Add up the lines that share the key at this place."""
    sums: defaultdict[str, Sums] = defaultdict(Sums)
    for line in lines:
        sums[line.keys[place]] += line.sums
    return [UsageTotal(key, sums[key]) for key in sorted(sums)]


def _total(lines: Sequence[UsageLine]) -> Sums:
    return sum((line.sums for line in lines), _NOTHING)


def _every_day(span: Period, now: datetime, days: Sequence[UsageTotal]) -> Sequence[UsageTotal]:
    """Return a line for each day up to today, as charts want it, and for what a clock that is ahead dated later."""
    used, today = {line.key: line.sums for line in days}, now.astimezone(UTC).date()
    keys = {day.isoformat() for day in span.days if day <= today} | used.keys()
    return [UsageTotal(key, used.get(key, _NOTHING)) for key in sorted(keys)]
