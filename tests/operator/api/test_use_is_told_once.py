from collections import Counter
from pathlib import Path

from tests.operator.api.operator_process import OperatorProcess, eventually, run_operator
from tests.operator.api.router_stand_in import StandInRouter
from tests.operator.api.world import Object, World

POLL_SECONDS = 20
"""The operator looks every ten."""

FAIR_USE_REASONS = {"PlanNearlyUsedUp", "PlanExceeded", "BudgetNearlyUsedUp", "BudgetExceeded", "WithinPlan"}


def use(router: StandInRouter, world: World, tokens: int, state: str, *, action: str = "Block") -> None:
    """Let the router say this of the agent."""
    fair_use = {"state": state, "percent": tokens / 10, "reason": "plan", "action": action}
    figures = {"requests": 3, "tokens_total": tokens, "included_tokens": 1000, "percent": tokens / 10}
    router.usage = [{"agent_id": f"{world.namespace}.ava", **figures, "fair_use": fair_use}]


def await_fair_use(world: World, reason: str) -> Object:
    return world.await_reason(reason, "WithinFairUse", seconds=POLL_SECONDS)


def events(world: World) -> Counter[tuple[str, str]]:
    """Count the Events about fair use by type and reason."""
    return Counter((e["type"], e["reason"]) for e in world.all("Event") if e["reason"] in FAIR_USE_REASONS)


def await_poll(router: StandInRouter) -> None:
    """Wait until the operator has looked at usage once more."""
    before = router.calls.count("GET /api/v1/usage/summary")
    eventually(lambda: router.calls.count("GET /api/v1/usage/summary") > before, "a poll", seconds=POLL_SECONDS)


def over_plan(operator: OperatorProcess) -> float:
    lines = operator.metrics().splitlines()
    return next(float(line.split(" ")[1]) for line in lines if line.startswith("vutler_operator_agents_over_plan "))


def test_each_state_of_a_month_is_one_event_whatever_happens_to_the_operator(
    own_router: StandInRouter, world: World, tmp_path: Path
) -> None:
    with run_operator(world.server.kubeconfig, own_router.url, tmp_path, world.namespace) as operator:
        use(own_router, world, 810, "Nearly")
        world.agent()
        await_fair_use(world, "NearlyUsedUp")
        use(own_router, world, 1100, "Exceeded")
        passed = await_fair_use(world, "PlanExceeded")
        operator.settle()
        counted = over_plan(operator)
    with run_operator(world.server.kubeconfig, own_router.url, tmp_path, world.namespace) as operator:
        at_restart = operator.settle()
        await_poll(own_router)
        in_november = events(world)
        use(own_router, world, 0, "Within")
        own_router.month = "2026-12"
        await_fair_use(world, "WithinPlan")
        operator.settle()
        usage = world.get("Agent", "ava")["status"]["usage"]

    assert passed["message"].startswith("this month's plan is used up: requests are refused until 2026-12-01 (UTC)")
    assert (counted, at_restart) == (1, 0)
    assert in_november == {("Warning", "PlanNearlyUsedUp"): 1, ("Warning", "PlanExceeded"): 1}
    assert events(world) == {**in_november, ("Normal", "WithinPlan"): 1}
    assert (usage["period"], usage["tokens"]) == ("2026-12", 0)
