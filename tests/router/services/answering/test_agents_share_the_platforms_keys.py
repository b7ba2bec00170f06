import asyncio
from collections import Counter
from collections.abc import Sequence

import pytest

from tests.support.limited_provider import LimitedProvider, Platform, target
from tests.support.virtual_time import in_virtual_time
from vutler_router.providers.target import Target

MINUTES = 10
CALLERS = 20
KEY = [target()]
TWO_KEYS = [target("first"), target("second")]


async def under_load(
    platform: Platform, chain: Sequence[Target] = KEY, *, noisy: int = 2, minutes: float = MINUTES
) -> list[float]:
    """Let noisy agents ask without end beside a quiet one; returns the quiet one's waits."""
    until = asyncio.get_running_loop().time() + minutes * 60
    crowd = [
        asyncio.create_task(platform.keep_asking(f"noisy-{number}", chain, until))
        for number in range(noisy)
        for _ in range(CALLERS)
    ]
    waits = await platform.ask_now_and_then("quiet", chain, until, pause=5.0)
    await asyncio.gather(*crowd)
    return waits


def answered(provider: LimitedProvider) -> Counter[str]:
    return Counter(asked.agent.removeprefix("team-a.") for asked in provider.asked if not asked.refused)


def test_a_quiet_agent_waits_for_one_round_at_the_most_however_noisy_others_are() -> None:
    provider = LimitedProvider(60)

    async def story() -> tuple[list[float], int]:
        platform = Platform(provider, rpm=60)
        return await under_load(platform), platform.waits.waiting

    waits, left = in_virtual_time(story())

    assert len(waits) > 60
    assert max(waits) <= 3 * 60 / 59 + 0.01, "two others and itself"
    assert not [asked for asked in provider.asked if asked.refused]
    served = answered(provider)
    assert served["noisy-0"] == pytest.approx(served["noisy-1"], abs=2)
    assert served.total() >= 59 * MINUTES
    assert left == 0


def test_a_quiet_agent_waits_no_longer_beside_more_callers_of_the_same_agents() -> None:
    async def story(noisy: int) -> float:
        return max(await under_load(Platform(LimitedProvider(60), rpm=60), noisy=noisy))

    assert in_virtual_time(story(1)) <= 2 * 60 / 59 + 0.01
    assert in_virtual_time(story(4)) <= 5 * 60 / 59 + 0.01


def test_agents_are_served_by_the_weight_of_their_plans() -> None:
    provider = LimitedProvider(60)

    async def story() -> None:
        platform = Platform(provider, rpm=60)
        plans = {"starter": "economy", "pro": "standard", "ultra": "premium"}
        callers = [
            platform.keep_asking(agent, [target(tier=tier)], 600.0) for agent, tier in plans.items() for _ in range(7)
        ]
        await asyncio.gather(*callers)

    in_virtual_time(story())

    first = Counter(asked.agent for asked in provider.asked if 60 <= asked.at < 480)
    assert first["team-a.pro"] / first["team-a.starter"] == pytest.approx(2, rel=0.03)
    assert first["team-a.ultra"] / first["team-a.starter"] == pytest.approx(4, rel=0.03)


def test_all_keys_of_a_model_are_used() -> None:
    provider = LimitedProvider(60)

    async def story() -> list[float]:
        return await under_load(Platform(provider, rpm=60), TWO_KEYS)

    waits = in_virtual_time(story())

    used = Counter(asked.key for asked in provider.asked if asked.at < MINUTES * 60)
    assert used["first"] == pytest.approx(59 * MINUTES, rel=0.02)
    assert used["second"] == pytest.approx(59 * MINUTES, rel=0.02)
    assert max(waits) <= 2 * 60 / 59 + 0.01, "two keys make the round half as long"


def test_a_rate_that_nobody_configured_is_learned_from_refusals() -> None:
    provider = LimitedProvider(60)

    async def story() -> list[float]:
        return await under_load(Platform(provider), minutes=30)

    waits = in_virtual_time(story())

    settled = [asked for asked in provider.asked if asked.at >= 300]
    refused = sum(asked.refused for asked in settled)
    assert len(settled) - refused >= 0.8 * 60 * 25, "most of what the key allows is used"
    assert refused <= 0.01 * len(settled)
    assert sorted(waits)[int(0.9 * len(waits))] <= 2.5
    assert max(waits) <= 60.0


def test_a_provider_that_refuses_by_the_second_is_learned_too() -> None:
    provider = LimitedProvider(60, retry_after=None)

    async def story() -> list[float]:
        return await under_load(Platform(provider), minutes=30)

    waits = in_virtual_time(story())

    settled = [asked for asked in provider.asked if asked.at >= 300]
    assert sum(not asked.refused for asked in settled) >= 0.8 * 60 * 25
    assert sum(asked.refused for asked in settled) <= 0.01 * len(settled)
    assert max(waits) <= 60.0
