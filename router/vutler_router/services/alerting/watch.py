"""Sees when an agent passes a threshold of its plan or budgets, and raises the alert once."""

from collections.abc import AsyncIterator, Callable, Collection, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Final

import structlog

from vutler_router.domain.alert_store import Alert, AlertKind, AlertStore
from vutler_router.domain.breaker_store import stored_time
from vutler_router.metering.ledger import Entry
from vutler_router.services.alerting.metrics import AlertMetrics
from vutler_router.services.alerting.month_use import AgentMonth, MonthUse
from vutler_router.services.alerting.thresholds import ALL, find_passed, is_over_plan
from vutler_router.services.rounds import Rounds

__all__ = ["AlertWatch"]

_ALL_AGENTS_EVERY: Final = timedelta(minutes=10)
"""How often all agents are looked at: for limits that were lowered, and for what a process left that died between a
usage row and its alert."""

_STILL_LOOKED_AT: Final = timedelta(days=1)
"""For how long a look at all agents covers the month before."""

_MOST_OF_THE_TIME: Final = 0.1
"""The most of the time that looking takes, however many agents are busy."""

_ADDED_AT_ONCE: Final = 200
"""Few enough for any time limit of the database."""

_log = structlog.get_logger(__name__)


class AlertWatch:
    """Looks at agents whose usage rows have come into the database, at most once a second.

    Each threshold is raised once a month and agent, by whichever router process sees it first: it is the store that
    decides who was first. Counters and log lines are that process's, so over all processes each counts once; one that
    dies right after the store took an alert leaves the alert without them.

    Args:
        use: What agents used.
        store: Where alerts are kept.
        metrics: Told of each alert.
        now: The time, UTC.
        thresholds: Per cent.
        on_raised: Called when there are new alerts in the store.
        interval: Seconds between two looks.
    """

    def __init__(
        self,
        use: MonthUse,
        store: AlertStore,
        metrics: AlertMetrics,
        now: Callable[[], datetime],
        *,
        thresholds: Sequence[int],
        on_raised: Callable[[], None] = lambda: None,
        interval: float = 1.0,
    ) -> None:
        self._use = use
        self._store = store
        self._metrics = metrics
        self._now = now
        self._thresholds = thresholds
        self._on_raised = on_raised
        self._touched: dict[date, set[str]] = {}
        self._known: set[str] = set()
        self._over_plan: set[str] = set()
        self._all_seen_at: datetime | None = None
        self._rounds = Rounds(
            "alert-watch",
            self.look,
            pause=interval,
            longest=_ALL_AGENTS_EVERY.total_seconds(),
            share=_MOST_OF_THE_TIME,
        )

    @property
    def over_plan(self) -> int:
        """How many agents have used up this month's plan, as this process last saw them."""
        return len(self._over_plan)

    def written(self, entries: Iterable[Entry]) -> None:
        """Hear of rows that the database now has; cheap, and all that the ledger waits for."""
        for entry in entries:
            self._touched.setdefault(_month_of(entry.timestamp), set()).add(entry.agent_id)
        if self._touched:
            self._rounds.ring()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Watch for the life of the block: at once all agents, later those that are used, at the end what is left."""
        async with self._rounds.running():
            yield

    async def look(self) -> None:
        """Raise what was passed since the last look.

        Raises:
            StorageError: The database does not answer; those who were to be looked at still are.
        """
        left, self._touched = self._touched, {}
        now = self._now()
        try:
            if self._all_are_due(now):
                covered = {_month_of(now - _STILL_LOOKED_AT), _month_of(now)}
                for month in sorted(covered):
                    await self._look_at(month, None)
                    left.pop(month, None)
                self._forget_all_but(covered)
                self._all_seen_at = now
            for month in sorted(left):
                await self._look_at(month, left[month])
                del left[month]
        finally:
            for month, agent_ids in left.items():
                self._touched.setdefault(month, set()).update(agent_ids)

    def _all_are_due(self, now: datetime) -> bool:
        """Say whether all agents are to be looked at, which a new month or a clock set back asks for as well."""
        seen = self._all_seen_at
        return seen is None or not (timedelta() <= now - seen < _ALL_AGENTS_EVERY and _month_of(seen) == _month_of(now))

    async def _look_at(self, month: date, agent_ids: Collection[str] | None) -> None:
        """Raise what these agents, or all, have passed in a month."""
        lines = await self._use.of(month, agent_ids)
        now = self._now()
        if month == _month_of(now):
            self._note_over_plan(lines, agent_ids)
        name, moment = _name_of(month), stored_time(now)
        passed = [
            alert
            for line in lines
            for alert in find_passed(line.agent, line.bounds, line.sums, self._thresholds, month=name, now=moment)
            if alert.id not in self._known
        ]
        for start in range(0, len(passed), _ADDED_AT_ONCE):
            await self._raise(passed[start : start + _ADDED_AT_ONCE])

    async def _raise(self, alerts: Sequence[Alert]) -> None:
        new = await self._store.add_new(alerts)
        self._known.update(alert.id for alert in alerts)
        for alert in new:
            self._tell(alert)
        if new:
            self._on_raised()

    def _tell(self, alert: Alert) -> None:
        self._metrics.alert_raised(alert.kind.value, alert.threshold)
        _log.warning(
            "usage threshold passed",
            agent_id=alert.agent_id,
            month=alert.month,
            kind=alert.kind.value,
            threshold=alert.threshold,
            percent=alert.percent,
            used=alert.used,
            limit=alert.limit,
        )
        if alert.kind is AlertKind.PLAN and alert.threshold == ALL:
            self._metrics.plan_passed()
            _log.warning("plan passed", agent_id=alert.agent_id, month=alert.month, included_tokens=alert.limit)

    def _note_over_plan(self, lines: Sequence[AgentMonth], agent_ids: Collection[str] | None) -> None:
        """Remember who has used up the plan; a look at all agents forgets who has not."""
        others = self._over_plan.difference(agent_ids) if agent_ids is not None else set()
        self._over_plan = others | {line.agent.id for line in lines if is_over_plan(line.bounds, line.sums)}

    def _forget_all_but(self, months: Collection[date]) -> None:
        """Let go of the alerts of months that are over; should one come up again, the store knows it."""
        names = {_name_of(month) for month in months}
        self._known = {alert_id for alert_id in self._known if alert_id.partition("/")[0] in names}


def _month_of(moment: datetime) -> date:
    return moment.astimezone(UTC).date().replace(day=1)


def _name_of(month: date) -> str:
    return f"{month:%Y-%m}"
