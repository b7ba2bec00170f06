from dataclasses import replace

import pytest

from tests.support.router_values import NOON
from vutler_router.domain.limits import OnExceeded
from vutler_router.fairuse.admission import Admitted, Refusal, admit
from vutler_router.fairuse.months import Month, Spent
from vutler_router.fairuse.rules import Budget, LimitName, Rules
from vutler_router.fairuse.use import KEPT_AFTER, LONGEST_LEASE, AgentUse, Held
from vutler_router.fairuse.windows import Minute

NOW = NOON.timestamp()
SECOND = int(NOW)
TO_MONTHS_END = 12.5 * 86_400
TOKENS = Budget(LimitName.MONTHLY_TOKENS, 1_000)
PLAN = Budget(LimitName.PLAN, 1_000)
COST = Budget(LimitName.MONTHLY_COST, 1_000)


def used(tokens: int = 0, plan_tokens: int = 0, cost: int = 0, **fields: object) -> AgentUse:
    use = AgentUse(month=Month("2026-11", Spent(tokens, plan_tokens, cost), 1))
    return replace(use, **fields).at(NOW)  # type: ignore[arg-type]  # checked by mypy where it is made


def ask(use: AgentUse, rules: Rules, tokens: int = 10) -> Admitted | Refusal:
    return admit(use, rules, "me", tokens, NOW)


def held(requests: int = 1, tokens: int = 0, cost: int = 0) -> dict[str, Held]:
    return {"other": Held(requests, tokens, cost, SECOND + 10, 3)}


def refusal(use: AgentUse, rules: Rules) -> Refusal:
    found = ask(use, rules)
    assert isinstance(found, Refusal)
    return found


def test_a_request_that_may_begin_is_counted_and_its_use_reserved() -> None:
    found = ask(used(holders=held()), Rules(concurrency=2, requests_per_minute=1), 10)

    assert isinstance(found, Admitted)
    assert found.use.minute == Minute(((SECOND, 1, 0),))
    assert found.use.holders == {**held(), "me": Held(1, 10, 0)}


def test_what_it_will_cost_is_expected_from_what_tokens_have_cost() -> None:
    found = ask(used(tokens=300, cost=900), Rules(budgets=(COST,), action=OnExceeded.BLOCK), 20)
    assert isinstance(found, Admitted)
    assert (found.tokens, found.cost) == (20, 60)


@pytest.mark.parametrize("there", [1, 2])
def test_concurrency_is_that_of_all_processes(there: int) -> None:
    found = ask(used(holders=held(there)), Rules(concurrency=2))
    assert isinstance(found, Admitted) == (there < 2)
    assert isinstance(found, Admitted) or (found.limit, found.bound) == (LimitName.CONCURRENCY, 2)


def test_requests_wait_until_enough_of_the_minute_is_over() -> None:
    use = used(minute=Minute(((SECOND - 40, 2, 0), (SECOND - 10, 1, 0))))
    assert refusal(use, Rules(requests_per_minute=3)) == Refusal(LimitName.REQUESTS_PER_MINUTE, 3, 21.0)


def test_tokens_of_a_minute_are_those_used_and_those_reserved() -> None:
    use = used(minute=Minute(((SECOND - 40, 1, 600), (SECOND - 10, 1, 200))), holders=held(1, 200))
    assert isinstance(ask(use, Rules(tokens_per_minute=1_001)), Admitted)
    assert refusal(use, Rules(tokens_per_minute=1_000)) == Refusal(LimitName.TOKENS_PER_MINUTE, 1_000, 21.0)


def test_where_only_what_is_under_way_fills_the_minute_one_may_ask_again_soon() -> None:
    assert refusal(used(holders=held(1, 500)), Rules(tokens_per_minute=500)).wait <= 2


@pytest.mark.parametrize("budget", [TOKENS, PLAN, COST])
def test_block_refuses_until_the_months_end(budget: Budget) -> None:
    use = used(1_000, 1_000, 1_000)
    use = replace(use, month=use.month.marked((budget,), NOW - 60))
    expected = Refusal(budget.name, 1_000, TO_MONTHS_END, "2026-11", SECOND - 60)
    assert refusal(use, Rules(budgets=(budget,), action=OnExceeded.BLOCK)) == expected


def test_a_budget_that_only_reservations_reach_is_not_used_up() -> None:
    found = refusal(used(990, holders=held(1, 10)), Rules(budgets=(TOKENS,), action=OnExceeded.BLOCK))
    assert (found.since, found.wait <= 2) == (None, True)


def test_throttle_lets_six_requests_a_minute_through() -> None:
    rules = Rules(budgets=(TOKENS,), action=OnExceeded.THROTTLE)
    five, six = (used(1_000, minute=Minute(((SECOND - 20, number, 0),))) for number in (5, 6))

    assert isinstance(ask(five, rules), Admitted)
    assert refusal(six, rules) == Refusal(LimitName.MONTHLY_TOKENS, 1_000, 41.0, "2026-11", throttled=True)
    assert isinstance(ask(used(999, minute=six.minute), rules), Admitted)


def test_a_downgrade_lets_everything_through_to_the_cheaper_plan() -> None:
    rules = Rules(budgets=(PLAN,), action=OnExceeded.DOWNGRADE, cheaper_tier="economy", on_plan=True)
    below, beyond = (ask(used(0, tokens), rules) for tokens in (999, 1_000))

    assert isinstance(below, Admitted)
    assert isinstance(beyond, Admitted)
    assert (below.tier, beyond.tier) == (None, "economy")


def test_of_several_limits_the_one_that_lasts_longest_is_named() -> None:
    use = used(1_000, minute=Minute(((SECOND - 10, 9, 0),)), holders=held(5))
    rules = Rules(requests_per_minute=5, concurrency=5, budgets=(TOKENS,), action=OnExceeded.BLOCK)
    assert refusal(use, rules).limit is LimitName.MONTHLY_TOKENS
    assert refusal(use, replace(rules, budgets=())).limit is LimitName.REQUESTS_PER_MINUTE


def test_what_nobody_renews_counts_no_more_but_its_holder_is_remembered_for_an_hour() -> None:
    use = AgentUse(holders={"dead": Held(2, 100, 50, SECOND, 7)})

    assert use.at(NOW - 0.5).reserved.requests == 2
    assert use.at(NOW).holders == {"dead": Held(expires_at=SECOND, op=7)}
    assert use.at(NOW + KEPT_AFTER).holders == {}


def test_a_clock_set_back_does_not_lengthen_what_a_dead_process_holds() -> None:
    use = AgentUse(holders={"dead": Held(1, 0, 0, SECOND + 86_400, 7)}).at(NOW)
    assert use.at(NOW + LONGEST_LEASE).reserved.requests == 0
