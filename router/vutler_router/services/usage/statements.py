"""What is to be paid for a month, and for good once the month is closed."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Final

from vutler_router.domain.llm_json import JsonObject
from vutler_router.domain.money import to_nanos, to_usd
from vutler_router.domain.plans import Plans
from vutler_router.domain.statement_store import StatementStore
from vutler_router.metering.totals import CrossReader, Dimension
from vutler_router.services.directory import AgentDirectory
from vutler_router.services.usage.periods import Period, PeriodName, read_month
from vutler_router.services.usage.statement_lines import PlanUse, line_json, statement_lines

__all__ = ["StatementService", "lines_of"]

_GRACE: Final = timedelta(hours=1)
"""How long after its end a month stays open: its last rows are on their way."""

_PROMPT: Final = timedelta(days=1)
"""How long after a month's end the plans that agents have now are taken for those they had then."""

_ALL: Final = ""
"""The workspace under which the statement of all of them is kept."""


class StatementService:
    """Writes statements.

    A line is an agent on a plan. The plan's monthly price is charged once for each agent, for the dearest plan it used
    in the month; what goes beyond a plan is charged as the plan said that was in force then. An agent that has a plan
    and did not use it has a line too; of a month that ended more than a day ago only use is known. Agents on their own
    keys owe nothing.

    An hour after its end a month is closed: the statement of all workspaces is written and kept, and from then on that
    one is shown, whatever becomes of plans, agents and late rows. A workspace's statement is its part of it. Routers
    that run close the month themselves (`close_last_month`); else whoever asks first does.
    """

    def __init__(
        self,
        reader: CrossReader,
        statements: StatementStore,
        directory: AgentDirectory,
        plans: Plans,
        now: Callable[[], datetime],
    ) -> None:
        self._reader = reader
        self._statements = statements
        self._directory = directory
        self._plans = plans
        self._now = now

    async def of_month(self, month: str | None, *, workspace_id: str | None = None) -> JsonObject:
        """Return the statement of a month, of one workspace or of all.

        Args:
            month: `2026-11`; None for the current one, in UTC.
            workspace_id: Whose; None for all.

        Raises:
            InvalidRequest: The month is none, or has not begun.
            StorageError: The database does not answer in time.
        """
        now = self._now()
        span = read_month(month, now)
        name = f"{span.first:%Y-%m}"
        if now < span.end + _GRACE:
            lines = await self._lines(span, workspace_id, now)
            return _statement(name, workspace_id, lines, closed=False)
        kept = await self._statements.find(_ALL, name)
        if kept is None:
            whole = _statement(name, None, await self._lines(span, None, now), closed=True)
            kept = await self._statements.keep(_ALL, name, whole)
        return kept if workspace_id is None else _part(kept, name, workspace_id)

    async def close_last_month(self) -> None:
        """Keep last month's statement, if its time has come and nobody has. Raises `StorageError`."""
        now = self._now()
        month = Period.around(PeriodName.MONTH, now)
        if now >= month.start + _GRACE:
            await self.of_month(f"{month.first - timedelta(days=1):%Y-%m}")

    async def _lines(self, span: Period, workspace_id: str | None, now: datetime) -> list[JsonObject]:
        """Write the lines of a month as things are now."""
        by = (Dimension.AGENT, Dimension.TIER)
        found = await self._reader.lines(by, span.first, span.last, workspace_id=workspace_id)
        use = [PlanUse(line.keys[0], line.keys[1], line.sums) for line in found if line.sums.plan_tokens]
        assigned = {
            agent.id: agent.llm.tier
            for agent in self._directory
            if now < span.end + _PROMPT
            and agent.created_at < span.end
            and agent.llm is not None
            and agent.llm.tier
            and workspace_id in {None, agent.workspace_id}
        }
        return [line_json(line) for line in statement_lines(use, assigned, self._plans)]


def lines_of(statement: JsonObject) -> list[JsonObject]:
    """Return the lines of a statement."""
    lines = statement["lines"]
    return [line for line in lines if isinstance(line, dict)] if isinstance(lines, list) else []


def _part(whole: JsonObject, month: str, workspace_id: str) -> JsonObject:
    """Return one workspace's part of a statement that is kept."""
    lines = [line for line in lines_of(whole) if line["workspace_id"] == workspace_id]
    return _statement(month, workspace_id, lines, closed=True)


def _statement(month: str, workspace_id: str | None, lines: Iterable[JsonObject], *, closed: bool) -> JsonObject:
    """Put a statement together; its total is exact, for every amount is a whole number of 1e-9 USD."""
    written = list(lines)
    return {
        "month": month,
        "currency": "USD",
        "workspace_id": workspace_id,
        "closed": closed,
        "lines": written,
        "total": to_usd(sum(to_nanos(str(line["total"])) for line in written)),
    }
