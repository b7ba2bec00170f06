import pytest

from vutler_router.domain.limits import Limits, OnExceeded
from vutler_router.fairuse.standing import Standing, standing

BOTH = Limits(monthly_tokens=1_000, monthly_cost=2_000, on_exceeded=OnExceeded.BLOCK)


def test_without_plan_and_limits_nothing_is_reached() -> None:
    assert standing(None, 0, 0, 10**9, 10**9) == Standing(0.0, "", exceeded=False, action=OnExceeded.LOG)


def test_a_plan_alone_counts_only_what_it_answered() -> None:
    assert standing(None, 2_000, 500, 10**9, 0) == Standing(25.0, "plan", exceeded=False, action=OnExceeded.LOG)


@pytest.mark.parametrize(
    ("plan", "tokens", "cost", "reason", "percent"),
    [
        (900, 400, 1_000, "plan", 90.0),
        (400, 900, 1_000, "monthlyTokens", 90.0),
        (400, 400, 1_900, "monthlyCost", 95.0),
        (500, 500, 1_000, "plan", 50.0),
    ],
)
def test_of_several_the_most_used_is_named(plan: int, tokens: int, cost: int, reason: str, percent: float) -> None:
    assert standing(BOTH, 1_000, plan, tokens, cost) == Standing(percent, reason, False, OnExceeded.BLOCK)


def test_a_hundred_per_cent_is_shown_only_when_it_is_reached() -> None:
    almost, reached = (standing(Limits(monthly_tokens=10_000), 0, 0, used, 0) for used in (9_999, 10_000))
    assert (almost.percent, almost.exceeded) == (99.9, False)
    assert (reached.percent, reached.exceeded) == (100.0, True)


def test_beyond_the_limit_the_share_goes_on() -> None:
    assert standing(None, 2_000_000, 5_000_000, 0, 0).percent == 250.0
