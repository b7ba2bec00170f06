"""Compares what callers saw, what providers answered, and what the books say."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from typing_extensions import override

from tests.chaos.accounts import Account, Record, hit
from tests.chaos.books import Books
from tests.chaos.callers import Seen, Sight
from tests.chaos.fates import Fates
from tests.chaos.marks import Marks
from tests.chaos.router import Absence
from tests.chaos.rules import faults
from tests.chaos.sums import Plan, unequal_sums
from tests.chaos.upstream import Attempt, Outcome

__all__ = ["Evidence", "Verdict", "judge"]

_MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that was seen and written in a run.

    Attributes:
        attempts: What the providers saw, by request number.
        absences: When the router was killed.
        summary: The API's, of the month.
    """

    fates: Fates
    marks: Marks
    plan: Plan
    seen: Sequence[Seen]
    attempts: Mapping[int, Sequence[Attempt]]
    absences: Sequence[Absence]
    books: Books
    summary: Mapping[str, Any]


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
        lines = [f"{count:>13,}  {what}" for what, count in self.figures.items()]
        shown = self.differences[:_MOST_SHOWN]
        more = len(self.differences) - len(shown)
        lines += [f"DIFFERENCE: {difference}" for difference in shown] + ([f"and {more} more"] if more > 0 else [])
        return "\n".join([*lines, "the books agree" if not self.differences else "the books do NOT agree"])


def judge(evidence: Evidence) -> Verdict:
    """Compare everything with everything."""
    verdict, books = Verdict(), evidence.books
    for name, times in Counter(row["request_id"] for row in books.rows).items():
        if times > 1:
            verdict.differ(f"{times} rows have the request id {name}")
    owned: defaultdict[int, list[Record]] = defaultdict(list)
    for row in books.rows:
        owned[evidence.marks.owner(row)].append(row)
    accounts = [_account(evidence, seen, owned.pop(seen.number, [])) for seen in evidence.seen]
    for account in accounts:
        verdict.differences += [f"{account}: {fault}" for fault in faults(account)]
        verdict.differences += [f"{account}: the row is of {row['agent_id']}" for row in _strays(account, evidence)]
    for number, rows in owned.items():
        verdict.differ(f"nobody sent request {number}, and there are rows of it: {[dict(row) for row in rows]}")
    verdict.differences += unequal_sums(books, evidence.summary, evidence.plan)
    verdict.figures |= _told(accounts) | _written(accounts, books) | _at_kills(accounts, evidence.absences)
    return verdict


def _account(evidence: Evidence, seen: Seen, rows: Sequence[Record]) -> Account:
    attempts = evidence.attempts.get(seen.number, ())
    return Account(seen, evidence.fates.of(seen.number), attempts, rows, hit(seen, attempts, evidence.absences))


def _strays(account: Account, evidence: Evidence) -> Sequence[Record]:
    """Return rows that another agent would pay for."""
    return [row for row in account.rows if row["agent_id"] != evidence.marks.agent_of(account.number)]


def _told(accounts: Sequence[Account]) -> dict[str, int]:
    sights = Counter(account.seen.sight for account in accounts)
    outcomes = Counter((attempt.provider, attempt.outcome) for account in accounts for attempt in account.attempts)
    return {
        "requests": len(accounts),
        **{f"  callers: {sight.value}": sights[sight] for sight in Sight},
        **{
            f"  {provider}: {outcome.value}": outcomes[provider, outcome]
            for provider in sorted({provider for provider, _ in outcomes})
            for outcome in Outcome
        },
    }


def _written(accounts: Sequence[Account], books: Books) -> dict[str, int]:
    statuses = Counter(row["status"] for row in books.rows)
    answered = [account for account in accounts if account.answered]
    without = [account for account in answered if not account.rows]
    return {
        "rows": len(books.rows),
        **{f"  {status}": count for status, count in sorted(statuses.items())},
        "  estimated": sum(row["usage_source"] == "estimated" for row in books.rows),
        "  tokens in them": sum(row["tokens_total"] for row in books.rows),
        "  tokens beyond plans": sum(row["overage_tokens"] for row in books.rows),
        "requests that a provider answered, if only in part": len(answered),
        "  with one row": len(answered) - len(without),
        "  without a row, and the router was killed meanwhile": sum(account.killed for account in without),
        "  without a row, for no reason": sum(not account.killed for account in without),
        "requests that were refused and have a row: their callers left meanwhile": sum(
            bool(account.rows) for account in accounts if account.attempts and not account.answered
        ),
        "requests that never reached a provider and have a row": sum(
            bool(account.rows) for account in accounts if not account.attempts
        ),
    }


def _at_kills(accounts: Sequence[Account], absences: Sequence[Absence]) -> dict[str, int]:
    lost = [account for account in accounts if account.seen.sight is Sight.LOST]
    without = [account for account in lost if account.whole and not account.rows]
    return {
        "callers cut off by a kill": len(lost),
        "  with a row all the same": sum(bool(account.rows) for account in lost),
        "  without a row, though a provider answered whole": len(without),
        "  at most so many milliseconds before it": max(
            (round(1_000 * _before(account.whole[-1].ended, absences)) for account in without), default=0
        ),
    }


def _before(moment: float, absences: Sequence[Absence]) -> float:
    """Return the seconds from a moment to the kill next to it; none for what went to a dead router."""
    nearest = min((absence.killed for absence in absences), key=lambda killed: abs(killed - moment))
    return max(0.0, nearest - moment)
