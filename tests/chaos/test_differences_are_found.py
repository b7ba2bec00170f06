"""The judge of the chaos is held to account itself: each wrong that a router could do is found, and no right is."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from tests.chaos.accounts import Account
from tests.chaos.books import Books
from tests.chaos.callers import Seen, Sight
from tests.chaos.fates import Fates
from tests.chaos.marks import Marks, usage_of
from tests.chaos.router import Absence
from tests.chaos.rules import faults
from tests.chaos.sums import unequal_sums
from tests.chaos.upstream import FIRST, SECOND, Attempt, Outcome
from tests.chaos.verdict import Evidence, judge

NUMBER = 123
MARKS = Marks(agents=34)
FATES = Fates(seed=1, slowness=0.1)
PLAN = 150_000, 3_000
REFUSED, WHOLE = Attempt(FIRST, 1.0, 1.1, Outcome.REFUSED), Attempt(SECOND, 1.1, 1.9, Outcome.WHOLE)
CUT, LEFT = Attempt(FIRST, 1.0, 1.5, Outcome.CUT), Attempt(FIRST, 1.0, 1.5, Outcome.LEFT)
SEEN = Seen(NUMBER, 0.9, 2.0, Sight.WHOLE, "req_1", 200)


def row(number: int = NUMBER, **changes: Any) -> dict[str, Any]:
    usage = usage_of(number)
    return {
        "request_id": "req_1",
        "agent_id": MARKS.agent_of(number),
        "provider": SECOND,
        "tier": "small",
        "status": "ok",
        "usage_source": "provider",
        "tokens_input": usage.prompt,
        "tokens_output": usage.completion,
        "tokens_total": usage.total,
        "tokens_cached": usage.cached,
        "tokens_reasoning": usage.reasoning,
        "overage_tokens": 0,
        "cost_input": 7,
        "cost_output": 5,
        "cost_total": 12,
        "price_total": 0,
    } | changes


def estimate(number: int = NUMBER, **changes: Any) -> dict[str, Any]:
    tokens = len(MARKS.text_of(number)) // 4
    zero = dict.fromkeys(("tokens_output", "tokens_cached", "tokens_reasoning"), 0)
    known = {"tokens_input": tokens, "tokens_total": tokens, "usage_source": "estimated", "provider": FIRST}
    return row(number, **zero, **known) | changes


def found(
    sight: Sight, attempts: Sequence[Attempt], *rows: dict[str, Any], killed: bool = False, **seen: Any
) -> list[str]:
    account = Account(replace(SEEN, sight=sight, **seen), FATES.of(NUMBER), attempts, rows, killed)
    return list(faults(account))


GOOD = {
    "answered by the stand-in": found(Sight.WHOLE, [REFUSED, WHOLE], row()),
    "refused by both": found(Sight.FAILED, [REFUSED]),
    "cut off by its provider": found(Sight.BROKEN, [CUT], estimate(status="error")),
    "left by its caller": found(Sight.LEFT, [LEFT], estimate(status="cancelled")),
    "left, and read to its end": found(Sight.LEFT, [REFUSED, WHOLE], row(status="cancelled"), request_id=""),
    "left while it was refused": found(Sight.LEFT, [REFUSED], estimate(status="cancelled"), request_id=""),
    "left before it was sent": found(Sight.LEFT, [], request_id=""),
    "lost at a kill": found(Sight.LOST, [LEFT], killed=True),
    "lost at a kill between row and answer": found(Sight.LOST, [REFUSED, WHOLE], row(), killed=True),
}

BAD = {
    "no row": (found(Sight.WHOLE, [WHOLE]), "there is no row"),
    "no row although only a kill came later": (found(Sight.WHOLE, [WHOLE], killed=True), "there is no row"),
    "no row of a broken answer": (found(Sight.BROKEN, [CUT], killed=True), "there is no row"),
    "no row of an answer that was left": (found(Sight.LEFT, [LEFT]), "there is no row"),
    "no row of an answer read on": (found(Sight.LEFT, [WHOLE]), "there is no row"),
    "two rows": (found(Sight.WHOLE, [WHOLE], row(), row(request_id="req_2")), "more than one row"),
    "row of a failure": (found(Sight.FAILED, [REFUSED], estimate(status="error")), "it failed, and there is a row"),
    "failure of an answer": (found(Sight.FAILED, [WHOLE]), "its caller got a failure"),
    "other id": (found(Sight.WHOLE, [WHOLE], row(request_id="req_2")), "another request's id"),
    "other provider": (found(Sight.WHOLE, [REFUSED, WHOLE], row(provider=FIRST)), "not what its provider"),
    "other status": (found(Sight.WHOLE, [WHOLE], row(status="cancelled")), "not what its provider"),
    "zero tokens": (found(Sight.WHOLE, [WHOLE], row(tokens_output=0)), "the provider counted"),
    "no cached tokens": (found(Sight.WHOLE, [WHOLE], row(tokens_cached=0)), "the provider counted"),
    "estimate of a counted answer": (found(Sight.WHOLE, [WHOLE], estimate(provider=SECOND)), "is an estimate"),
    "too large an estimate": (
        found(Sight.LEFT, [LEFT], estimate(status="cancelled", tokens_output=99)),
        "99 output tokens",
    ),
    "made-up counts": (found(Sight.BROKEN, [CUT], row(provider=FIRST, status="error")), "never gave"),
    "never sent": (found(Sight.LEFT, [], estimate(status="cancelled")), "never reached a provider"),
    "asked twice": (found(Sight.WHOLE, [WHOLE, WHOLE], row()), "answer it twice"),
    "lost without a kill": (found(Sight.LOST, [LEFT], estimate(status="cancelled")), "nobody killed"),
    "hung": (found(Sight.NOTHING, [LEFT], killed=True), "never ended"),
    "costs": (found(Sight.WHOLE, [WHOLE], row(cost_total=1)), "costs do not add up"),
}


@pytest.mark.parametrize("case", GOOD)
def test_what_is_right_is_not_complained_of(case: str) -> None:
    assert GOOD[case] == []


@pytest.mark.parametrize("case", BAD)
def test_what_is_wrong_is_found(case: str) -> None:
    complaints, expected = BAD[case]

    assert any(expected in complaint for complaint in complaints), complaints


def evidence(rows: Sequence[dict[str, Any]], **changes: Any) -> Evidence:
    """Show books that are right but for what is changed: two requests of one agent, the second beyond its plan."""
    beyond = usage_of(10).total + usage_of(44).total - PLAN[0]
    price = beyond * PLAN[1]
    told = row(10, request_id="req_1"), row(44, request_id="req_2", overage_tokens=beyond, price_total=price)
    total = {name: sum(one[name] for one in told) for name in told[0] if isinstance(told[0][name], int)}
    total["requests"] = 2
    record = {"agent_id": MARKS.agent_of(10), "tokens": beyond, "price": price}
    line = {
        name: amount / 1e9 if name.startswith(("cost", "price")) else amount
        for name, amount in total.items()
        if name != "overage_tokens"
    }
    seen = [replace(SEEN, number=number, request_id=name) for number, name in ((10, "req_1"), (44, "req_2"))]
    attempts = {10: [WHOLE], 44: [WHOLE]}
    books = Books(rows or told, changes.pop("totals", [total]), changes.pop("overages", [record]))
    summary = {**line, "agents": [line], **changes}
    return Evidence(FATES, MARKS, PLAN, seen, attempts, [], books, summary)


def test_books_that_agree_are_praised() -> None:
    verdict = judge(evidence([]))

    assert verdict.differences == []
    assert verdict.figures["rows"] == 2
    assert str(verdict).endswith("the books agree")


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        (evidence([row(10)]), "request 44"),
        (evidence([row(10), row(44)]), "2 rows have the request id"),
        (evidence([row(10), row(44), row(77, request_id="req_3")]), "nobody sent request 77"),
        (evidence([row(10), row(44, agent_id="team-0.agent-3")]), "the row is of team-0.agent-3"),
        (evidence([], totals=[]), "day totals 0"),
        (evidence([], tokens_output=1), "tokens_output: rows say"),
        (evidence([], cost_total=0.0), "cost_total: rows say"),
        (evidence([], agents=[]), "the summary's agents"),
        (evidence([], overages=[]), "beyond its plan"),
    ],
)
def test_books_that_do_not_agree_are_found_out(wrong: Evidence, expected: str) -> None:
    differences = judge(wrong).differences

    assert any(expected in difference for difference in differences), differences


def test_a_kill_excuses_only_those_that_were_under_way() -> None:
    early, late = Absence(1.5, 1.8), Absence(90.0, 95.0)
    lost = [replace(SEEN, number=10, sight=Sight.LOST)]
    books = Books([], [], [])
    excused, guilty = (
        judge(Evidence(FATES, MARKS, PLAN, lost, {10: [LEFT]}, [absence], books, {"agents": []})).differences
        for absence in (early, late)
    )

    assert excused == []
    assert len(guilty) == 2


@pytest.mark.parametrize("number", [0, 33, 34, 9_999])
def test_an_estimate_tells_whose_it_is_by_its_length_and_agent(number: int) -> None:
    assert MARKS.owner(estimate(number)) == MARKS.owner(row(number)) == number


def test_sums_are_compared_to_the_last_nano() -> None:
    books = Books([row(tier="")], [{**row(), "requests": 1, "cost_total": 13}], [])

    differences = unequal_sums(books, {"agents": []}, PLAN)

    assert [line for line in differences if "day totals" in line] == ["cost_total: rows say 12, day totals 13"]
