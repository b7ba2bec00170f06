"""Compares what callers saw, what providers answered, and what the books say."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from typing_extensions import override

from tests.chaos.books import AMOUNTS, Books
from tests.chaos.callers import Seen, Sight
from tests.chaos.fates import completion_tokens, number_of
from tests.chaos.upstream import Told

__all__ = ["Verdict", "judge"]

_MOST_SHOWN = 20
_READ_ON_SECONDS = 2.0
"""How long an answer that its caller left may still be read on, before it has a row."""


@dataclass(slots=True)
class Verdict:
    """The result; without differences it is good.

    Attributes:
        figures: What was counted, by what it is called.
        differences: One line each.
    """

    figures: dict[str, int] = field(default_factory=dict)
    differences: list[str] = field(default_factory=list)

    def differ(self, what: str) -> None:
        """Note a difference."""
        self.differences.append(what)

    @override
    def __str__(self) -> str:
        lines = [f"{count:>9,}  {what}" for what, count in self.figures.items()]
        shown = self.differences[:_MOST_SHOWN]
        more = len(self.differences) - len(shown)
        lines += [f"DIFFERENCE: {difference}" for difference in shown] + ([f"and {more} more"] if more > 0 else [])
        return "\n".join(lines)


def judge(
    seen: Sequence[Seen],
    killed_at: Sequence[float],
    told: Mapping[int, Told],
    books: Books,
    summary: Mapping[str, Any],
) -> Verdict:
    """Compare everything with everything; `killed_at` is when the router was killed, on the callers' clock."""
    verdict = Verdict()
    named = {row["request_id"]: row for row in books.rows}
    if len(named) != len(books.rows):
        verdict.differ(f"{len(books.rows) - len(named)} request ids have two rows")
    by_number: defaultdict[int, list[Mapping[str, Any]]] = defaultdict(list)
    for row in books.rows:
        number = number_of(row["tokens_input"])
        if number is not None:
            by_number[number].append(row)
    _compare_answers(verdict, seen, killed_at, told, named, by_number)
    _compare_rows(verdict, told, by_number)
    _compare_totals(verdict, books, summary)
    sights = Counter(one.sight for one in seen)
    verdict.figures |= {f"requests: {sight.value}": sights[sight] for sight in Sight}
    failures = Counter(one.status for one in seen if one.sight is Sight.FAILED)
    verdict.figures |= {f"failures with status {status}": count for status, count in sorted(failures.items())}
    verdict.figures["answers that providers gave to the last byte"] = sum(one.whole for one in told.values())
    verdict.figures["rows"] = len(books.rows)
    verdict.figures["of them estimated"] = sum(row["usage_source"] == "estimated" for row in books.rows)
    return verdict


def _compare_answers(
    verdict: Verdict,
    seen: Iterable[Seen],
    killed_at: Sequence[float],
    told: Mapping[int, Told],
    named: Mapping[str, Mapping[str, Any]],
    by_number: Mapping[int, Sequence[Mapping[str, Any]]],
) -> None:
    """Look for the row of each answer, by its caller and by its provider."""
    lost_whole = lost_without = left_without = 0
    for one in seen:
        rows, answered = by_number.get(one.number, ()), told[one.number].whole
        match one.sight:
            case Sight.WHOLE if [row["request_id"] for row in rows] != [one.request_id]:
                verdict.differ(f"request {one.number} was answered as {one.request_id}; its rows: {_names(rows)}")
            case Sight.FAILED if one.request_id in named:
                verdict.differ(f"request {one.number} failed with {one.status} and has a row")
            case Sight.BROKEN if one.request_id not in named:
                verdict.differ(f"request {one.number} broke off as {one.request_id} and has no row")
            case Sight.LOST if answered:
                lost_whole += 1
                lost_without += not rows
            case Sight.LEFT if one.request_id and one.request_id not in named:
                if any(0 <= killed - one.at < _READ_ON_SECONDS for killed in killed_at):
                    left_without += 1
                else:
                    verdict.differ(f"request {one.number} was left as {one.request_id} and has no row")
    verdict.figures["answered while the router was killed"] = lost_whole
    verdict.figures["of them without a row, and without an end for their caller"] = lost_without
    verdict.figures["left so shortly before a kill that they have no row"] = left_without


def _compare_rows(
    verdict: Verdict, told: Mapping[int, Told], by_number: Mapping[int, Sequence[Mapping[str, Any]]]
) -> None:
    """Look for an answer to each row, with the same tokens."""
    for number, rows in by_number.items():
        if len(rows) > 1:
            verdict.differ(f"request {number} has {len(rows)} rows: {_names(rows)}")
        if told[number].whole < 1:
            verdict.differ(f"request {number} has a row and no provider answered it: {_names(rows)}")
        for row in rows:
            if row["tokens_output"] != completion_tokens(number):
                verdict.differ(
                    f"request {number}: {row['tokens_output']} output tokens, not {completion_tokens(number)}"
                )


def _compare_totals(verdict: Verdict, books: Books, summary: Mapping[str, Any]) -> None:
    """Add rows, day totals and overage records up."""
    requests = sum(total["requests"] for total in books.totals)
    if not len(books.rows) == requests == summary["requests"]:
        verdict.differ(f"{len(books.rows)} rows, {requests} in day totals, {summary['requests']} in the summary")
    for name in AMOUNTS:
        rows, totals = (sum(record[name] for record in records) for records in (books.rows, books.totals))
        if rows != totals:
            verdict.differ(f"{name}: rows say {rows}, day totals {totals}")
    for name in ("tokens_input", "tokens_output", "tokens_total"):
        if summary[name] != sum(row[name] for row in books.rows):
            verdict.differ(f"{name}: the summary says {summary[name]}")
    beyond = [sum(record[name] for record in books.overages) for name in ("tokens", "price")]
    counted = [sum(row[name] for row in books.rows) for name in ("overage_tokens", "price_total")]
    if beyond != counted:
        verdict.differ(f"beyond plans: records say {beyond}, rows {counted}")
    verdict.figures["tokens beyond plans"] = counted[0]


def _names(rows: Iterable[Mapping[str, Any]]) -> str:
    return ", ".join(f"{row['request_id']} ({row['status']}, {row['provider']})" for row in rows) or "none"
