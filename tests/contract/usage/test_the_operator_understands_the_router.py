import asyncio

from tests.support.running_router import ADMIN_TOKEN, AGENT, KEY, MODEL, RunningRouter
from vutler_operator.reconcile.fair_use import judge_fair_use
from vutler_operator.router_client import AgentUsage, RouterClient

_SECONDS = 5.0


async def usage_of(client: RouterClient, requests: int) -> AgentUsage:
    """Return the agent's usage as the operator reads it, once so many requests are counted."""
    async with asyncio.timeout(_SECONDS):
        while True:
            summary = await client.usage()
            for found in summary.agents:
                if found.agent_id == AGENT and found.requests == requests:
                    return found
            await asyncio.sleep(0.05)


async def test_a_budgets_use_reaches_the_agents_condition(router: RunningRouter) -> None:
    limits = {"monthlyTokens": 20, "onExceeded": "Throttle"}
    token = await router.agent(provider="openai", model=MODEL, api_key=KEY, limits=limits)
    client = RouterClient(router.url, ADMIN_TOKEN)
    reasons = []
    try:
        for requests in range(3):
            found = await usage_of(client, requests)
            reasons.append(judge_fair_use(found).reason)
            await router.chat(token)
    finally:
        await client.aclose()

    assert reasons == ["WithinPlan", "WithinPlan", "BudgetExceeded"]
    assert found.fair_use is not None
    assert (found.fair_use.reason, found.fair_use.action) == ("monthlyTokens", "Throttle")
    assert (found.tokens_total, len(found.period)) == (28, len("2026-11"))
