"""Shows trees of asks: who called whom, and what it took."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta

from vutler_router.domain.ask_store import Ask, AskStatus, AskStore
from vutler_router.domain.llm_json import JsonObject
from vutler_router.domain.money import to_usd
from vutler_router.errors import InvalidRequest, NotFound
from vutler_router.metering.tree_rows import TreeRow, TreeRowReader

__all__ = ["TreeService", "no_tree"]


class TreeService:
    """Relates asks to the usage rows that were written in their course.

    Args:
        asks: Where asks are kept.
        rows: What finds usage rows.
        now: The time.
    """

    def __init__(self, asks: AskStore, rows: TreeRowReader, now: Callable[[], datetime]) -> None:
        self._asks = asks
        self._rows = rows
        self._now = now

    async def show(self, tree_id: str) -> JsonObject:
        """Return a tree with all its asks, nested, and what each took.

        Raises:
            NotFound: There is no such tree, or it is no longer kept.
            StorageError: The database does not answer in time.
        """
        asks = await self._of(tree_id)
        rows = await self._rows.of_trees([tree_id])
        taken = _by_ask(asks, rows)
        known = {ask.id for ask in asks}
        children: dict[str, list[Ask]] = defaultdict(list)
        for ask in asks:
            children[ask.parent if ask.parent in known else ""].append(ask)
        return {
            **self._head(asks[0]),
            **_sums(rows),
            "by_agent": _lines(rows, "agent_id", lambda row: row.agent_id),
            "by_model": _lines(rows, "model", lambda row: f"{row.provider}/{row.model}"),
            "asks": [self._nested(ask, children, taken) for ask in children[""]],
        }

    async def workspaces(self, tree_id: str) -> frozenset[str]:
        """Return the workspaces of all agents in a tree. Raises what `show` raises."""
        return frozenset(ask.workspace_id for ask in await self._of(tree_id))

    async def of_day(self, day: str | None, *, workspace_id: str | None, limit: int, cursor: str | None) -> JsonObject:
        """Return the trees that began on a day (UTC), by default today, the newest first.

        Raises:
            InvalidRequest: The day is none.
            StorageError: The database does not answer in time.
        """
        first = datetime.combine(_day(day) if day else self._now().date(), time(), UTC)
        page = await self._asks.roots(
            first, first + timedelta(days=1), workspace_id=workspace_id, limit=limit, cursor=cursor
        )
        rows: dict[str, list[TreeRow]] = defaultdict(list)
        for row in await self._rows.of_trees([ask.tree_id for ask in page.asks]):
            rows[row.tree_id].append(row)
        return {
            "trees": [{**self._head(ask), **_sums(rows[ask.tree_id])} for ask in page.asks],
            "next_cursor": page.next_cursor,
        }

    async def _of(self, tree_id: str) -> Sequence[Ask]:
        asks = await self._asks.of_tree(tree_id)
        if not asks:
            raise no_tree()
        return asks

    def _head(self, root: Ask) -> JsonObject:
        shown = self._shown(root)
        return {"tree_id": root.tree_id, **{name: shown[name] for name in ("from", "to", "status", "started_at", "ms")}}

    def _nested(
        self, ask: Ask, children: Mapping[str, Sequence[Ask]], taken: Mapping[str, list[TreeRow]]
    ) -> JsonObject:
        return {
            **self._shown(ask),
            **_sums(taken.get(ask.id, ())),
            "asks": [self._nested(child, children, taken) for child in children.get(ask.id, ())],
        }

    def _shown(self, ask: Ask) -> JsonObject:
        ended = ask.ended_at
        lost = ask.status is AskStatus.RUNNING and not ask.is_under_way(self._now())
        return {
            "id": ask.id,
            "kind": ask.kind.value,
            "from": ask.asker or None,
            "to": ask.peer,
            "depth": ask.depth,
            "status": "lost" if lost else ask.status.value,
            "started_at": ask.started_at.isoformat(),
            "ended_at": ended.isoformat() if ended is not None else None,
            "ms": round((ended - ask.started_at).total_seconds() * 1000) if ended is not None else None,
        }


def no_tree() -> NotFound:
    """Return what is said of a tree that is not there, or not for whoever asks."""
    return NotFound("There is no tree of that id; old ones are not kept.", code="tree_not_found")


def _by_ask(asks: Sequence[Ask], rows: Iterable[TreeRow]) -> Mapping[str, list[TreeRow]]:
    """Give each row to the newest ask that its agent was at work on then."""
    taken: dict[str, list[TreeRow]] = defaultdict(list)
    for row in rows:
        began = [ask for ask in asks if ask.peer == row.agent_id and ask.started_at <= row.timestamp]
        open_then = [ask for ask in began if ask.ended_at is None or row.timestamp <= ask.ended_at]
        found = (open_then or began)[-1:]
        for ask in found:
            taken[ask.id].append(row)
    return taken


def _lines(rows: Iterable[TreeRow], name: str, key: Callable[[TreeRow], str]) -> list[JsonObject]:
    groups: dict[str, list[TreeRow]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return [{name: group, **_sums(lines)} for group, lines in sorted(groups.items())]


def _sums(rows: Iterable[TreeRow]) -> JsonObject:
    found = list(rows)
    tokens_input, tokens_output = sum(row.tokens_input for row in found), sum(row.tokens_output for row in found)
    return {
        "requests": len(found),
        "tokens_input": tokens_input,
        "tokens_output": tokens_output,
        "tokens_total": tokens_input + tokens_output,
        "cost_total": to_usd(sum(row.cost_total for row in found)),
        "price_total": to_usd(sum(row.price_total for row in found)),
        "requests_unpriced": sum(not row.priced for row in found),
    }


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.max
    if day == date.max:
        raise InvalidRequest("day must be a day such as 2026-11-18.", param="day")
    return day
