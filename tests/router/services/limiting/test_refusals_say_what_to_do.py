from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.router_values import NOON
from vutler_router.domain.llm import LlmSettings
from vutler_router.fairuse.admission import Refusal
from vutler_router.fairuse.rules import LimitName
from vutler_router.services.limiting.refusals import limit_exceeded
from vutler_router.wire.agent_words import _ALARMING

SINCE = int(NOON.timestamp())
OWN = LlmSettings()
PLAN = LlmSettings(tier="economy", source="team-a/monthly-budget")
MONTHS = {LimitName.MONTHLY_TOKENS, LimitName.MONTHLY_COST, LimitName.PLAN}


def refusal(limit: LimitName, bound: int = 2_000_000, wait: float = 12.2, **fields: object) -> Refusal:
    monthly = {"month": "2026-11", "since": SINCE} if limit in MONTHS else {}
    return replace(Refusal(limit, bound, wait), **(monthly | fields))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("refused", "llm", "code", "message"),
    [
        (
            refusal(LimitName.REQUESTS_PER_MINUTE, 20),
            OWN,
            "requests_per_minute_exceeded",
            (
                "This agent may start 20 requests a minute (requestsPerMinute) and has. "
                "Try again in 13 s, or raise requestsPerMinute with PUT llm-config."
            ),
        ),
        (
            refusal(LimitName.TOKENS_PER_MINUTE, 9_000),
            PLAN,
            "tokens_per_minute_exceeded",
            (
                "This agent may use 9000 tokens a minute (tokensPerMinute); they are used or reserved. "
                "Try again in 13 s, or raise tokensPerMinute in its LLMConfig."
            ),
        ),
        (
            refusal(LimitName.CONCURRENCY, 4),
            PLAN,
            "concurrency_exceeded",
            (
                "This agent may have 4 requests under way at once (concurrency) and has. "
                "Try again in 13 s, or raise concurrency in its LLMConfig."
            ),
        ),
        (
            refusal(LimitName.MONTHLY_TOKENS),
            PLAN,
            "monthly_tokens_exceeded",
            (
                "This agent's 2000000 tokens for November 2026 (monthlyTokens) are used up since 2026-11-18 12:00 UTC. "
                "Wait until 2026-12-01 00:00 UTC, or raise monthlyTokens in its LLMConfig, or choose a bigger plan."
            ),
        ),
        (
            refusal(LimitName.MONTHLY_COST, 20 * 10**9),
            OWN,
            "monthly_cost_exceeded",
            (
                "This agent's $20.00 for November 2026 (monthlyCost) are used up since 2026-11-18 12:00 UTC. "
                "Wait until 2026-12-01 00:00 UTC, or raise monthlyCost with PUT llm-config."
            ),
        ),
        (
            refusal(LimitName.PLAN, throttled=True),
            PLAN,
            "plan_exceeded",
            (
                "This agent's 2000000 tokens for November 2026 (its plan) are used up since "
                "2026-11-18 12:00 UTC; it now gets 6 requests a minute. "
                "Try again in 13 s, or choose a bigger plan or another onExceeded in its LLMConfig."
            ),
        ),
        (
            refusal(LimitName.MONTHLY_TOKENS, since=None, wait=2),
            OWN,
            "monthly_tokens_exceeded",
            (
                "Requests under way may use the rest of this agent's 2000000 tokens for November 2026 (monthlyTokens). "
                "Try again in 2 s, or raise monthlyTokens with PUT llm-config."
            ),
        ),
    ],
)
def test_a_refusal_names_the_limit_its_value_and_the_remedy(
    refused: Refusal, llm: LlmSettings, code: str, message: str
) -> None:
    error = limit_exceeded(refused, llm)
    assert (error.code, error.message, error.retry_after) == (code, message, refused.wait)


@given(
    st.sampled_from(LimitName),
    st.integers(1, 10**15) | st.integers(395, 410) | st.integers(395, 410).map(lambda dollars: dollars * 10**9),
    st.floats(0, 3e6) | st.floats(399, 404),
    st.sampled_from([SINCE, None]),
    st.booleans(),
    st.sampled_from([OWN, PLAN]),
)
@example(LimitName.MONTHLY_COST, 402_000_000_000, 2.0, SINCE, False, OWN)
@example(LimitName.MONTHLY_COST, 402_402_000_000, 2.0, SINCE, True, OWN)
@example(LimitName.REQUESTS_PER_MINUTE, 402, 401.0, None, False, OWN)
def test_no_refusal_makes_openclaw_give_its_model_up(
    limit: LimitName,
    bound: int,
    wait: float,
    since: int | None,
    throttled: bool,  # noqa: FBT001 - drawn
    llm: LlmSettings,
) -> None:
    monthly = {"since": since, "throttled": throttled} if limit in MONTHS else {}
    error = limit_exceeded(refusal(limit, bound, wait, **monthly), llm)
    assert not _ALARMING.search(error.message)
    assert not _ALARMING.search(error.code)
