import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import TypeVar

import pytest
from typing_extensions import Unpack

from tests.support.limited_provider import Bounds, LimitedProvider, Platform, busy, target
from tests.support.virtual_time import in_virtual_time
from vutler_router.errors import InvalidRequest, UpstreamBusy, UpstreamRejected, UpstreamUnavailable
from vutler_router.settings import ProviderName

T = TypeVar("T")
FIRST, SECOND = target("first"), target("second")
OTHER = target("first", model="other")
ELSEWHERE = target("elsewhere", provider=ProviderName.MISTRAL)


def told(
    story: Callable[[Platform], Awaitable[T]], *, rpm: int | None = 60, **bounds: Unpack[Bounds]
) -> tuple[T, Platform]:
    """Tell a story of a platform whose keys are limited; at its end nobody may be left waiting."""

    async def whole() -> tuple[T, Platform]:
        platform = Platform(LimitedProvider(), rpm=rpm, **bounds)
        outcome = await story(platform)
        assert platform.waits.waiting == 0
        return outcome, platform

    return in_virtual_time(whole())


def begun(*stories: Coroutine[None, None, T]) -> list[asyncio.Task[T]]:
    return [asyncio.create_task(story) for story in stories]


async def refusal(asking: Awaitable[object]) -> UpstreamBusy:
    with pytest.raises(UpstreamBusy) as refused:
        await asking
    return refused.value


def test_a_key_with_room_keeps_nobody_waiting() -> None:
    async def story(platform: Platform) -> list[float]:
        waits = []
        for _ in range(5):
            waits.append((await platform.ask("one", [FIRST]))[1])
            await asyncio.sleep(2)
        return waits

    waits, platform = told(story)
    assert waits == pytest.approx([0.0] * 5)
    assert platform.waits.waited == []


def test_a_users_own_key_is_never_waited_for() -> None:
    own = target(tier="")

    async def story(platform: Platform) -> float:
        answers = await asyncio.gather(*(platform.ask("one", [own]) for _ in range(50)))
        return max(wait for _, wait in answers)

    assert told(story, rpm=1)[0] == 0.0


def test_the_next_key_of_the_model_is_used_before_anybody_waits() -> None:
    async def story(platform: Platform) -> list[tuple[str, float]]:
        return list(await asyncio.gather(*(platform.ask("one", [FIRST, SECOND]) for _ in range(2))))

    assert told(story)[0] == [("first", 0.0), ("second", 0.0)]


def test_a_request_waits_two_seconds_for_the_model_it_would_rather_have() -> None:
    async def story(platform: Platform) -> list[tuple[str, float]]:
        return list(await asyncio.gather(*(platform.ask("one", [FIRST, ELSEWHERE]) for _ in range(3))))

    answers, _ = told(story)
    assert [key for key, _ in answers] == ["first", "first", "elsewhere"]
    assert answers[1][1] == pytest.approx(60 / 59)
    assert answers[2][1] == 0.0, "two seconds were already known not to be enough"


def test_after_two_seconds_in_vain_another_model_is_asked() -> None:
    async def story(platform: Platform) -> tuple[str, float]:
        await platform.ask("one", [FIRST])
        asking = asyncio.create_task(platform.ask("one", [FIRST, ELSEWHERE]))
        await asyncio.sleep(0.1)
        (lane,) = [lane for lane in platform.pacer._lanes.values() if lane.pace.rate is not None][:1]
        lane.pace.refused(asyncio.get_running_loop().time(), 30.0, asyncio.get_running_loop().time())
        return await asking

    (key, wait), platform = told(story)
    assert key == "elsewhere"
    assert wait == pytest.approx(2.0)
    assert platform.waits.waited == [pytest.approx(2.0)]


def test_where_no_model_is_free_the_first_turn_anywhere_is_taken() -> None:
    async def story(platform: Platform) -> tuple[str, float]:
        platform.provider.refusals.extend([busy(30.0), busy(20.0)])
        return await platform.ask("one", [target(model="a"), target("other key", model="b")])

    (key, wait), platform = told(story, rpm=None)
    assert key == "other key"
    assert [wait, *platform.waits.waited] == pytest.approx([20.0, 20.0])


def test_models_on_a_key_of_known_rate_share_it() -> None:
    async def story(platform: Platform) -> list[float]:
        answers = await asyncio.gather(*(platform.ask("one", [model]) for model in (FIRST, OTHER, FIRST)))
        return [wait for _, wait in answers]

    assert told(story)[0] == [0.0, pytest.approx(60 / 59), pytest.approx(120 / 59)]


def test_a_refusal_concerns_its_model_alone_where_the_rate_is_not_known() -> None:
    async def story(platform: Platform) -> float:
        platform.provider.refusals.append(busy(30.0))
        asking = asyncio.create_task(platform.ask("one", [FIRST]))
        await asyncio.sleep(1)
        (_, wait) = await platform.ask("two", [OTHER])
        await asking
        return wait

    assert told(story, rpm=None)[0] == pytest.approx(0.0)


def test_a_request_that_is_refused_in_spite_of_its_turn_is_the_next_of_its_agent() -> None:
    async def story(platform: Platform) -> list[str]:
        done: list[str] = []

        async def ask(name: str, agent: str) -> None:
            await platform.ask(agent, [FIRST])
            done.append(name)

        platform.provider.refusals.append(busy(10.0))
        platform.provider.refusing_seconds = 0.5
        tasks = begun(ask("first", "one"))
        await asyncio.sleep(0.1)
        tasks += begun(ask("second", "one"), ask("third", "one"), ask("other", "two"))
        await asyncio.gather(*tasks)
        return done

    done, platform = told(story)
    assert done == ["first", "other", "second", "third"]
    assert platform.provider.asked[1].at == pytest.approx(10.5)


def test_nobody_overtakes_who_waits_even_if_the_key_has_room_again() -> None:
    async def story(platform: Platform) -> list[str]:
        await platform.ask("one", [FIRST])
        (waiter,) = begun(platform.ask("one", [FIRST]))
        await asyncio.sleep(0)
        asyncio.get_running_loop()._virtual.now += 5  # type: ignore[attr-defined] # as if something took that long
        assert platform.pacer.at_once([FIRST]) is None
        await asyncio.gather(waiter, platform.ask("two", [FIRST]))
        return [asked.agent for asked in platform.provider.asked]

    assert told(story)[0] == ["team-a.one", "team-a.one", "team-a.two"]


def test_keys_that_all_refuse_are_asked_only_so_often_by_one_request() -> None:
    keys = [target(f"key {number}") for number in range(10)]

    async def story(platform: Platform) -> UpstreamBusy:
        platform.provider.refusals.extend(busy(1.0) for _ in range(100))
        return await refusal(platform.ask("one", keys))

    error, platform = told(story, rpm=None)
    assert len(platform.provider.asked) == 16, "six times put back, then every key once more"
    assert error.code == "upstream_rate_limited"


def test_a_request_is_put_back_only_so_often() -> None:
    async def story(platform: Platform) -> UpstreamBusy:
        platform.provider.refusals.extend(busy(0.5) for _ in range(100))
        error = await refusal(platform.ask("one", [FIRST]))
        await asyncio.sleep(100)
        return error

    error, platform = told(story)
    assert len(platform.provider.asked) == 6
    assert platform.provider.asked[-1].at == pytest.approx(31.0, abs=0.1), "one second, doubled with every refusal"
    assert error.code == "managed_keys_busy"
    assert error.retry_after == pytest.approx(32.0)


def test_a_key_that_is_closed_for_a_minute_opens_no_breaker() -> None:
    async def story(platform: Platform) -> list[float]:
        platform.provider.refusing_seconds = 0.05
        platform.provider.refusals.extend([busy(15.0)] * 3)
        asking = begun(*(platform.ask("one", [FIRST]) for _ in range(3)))
        await asyncio.sleep(1)
        assert len(platform.failures.seen) == 3
        assert not list(platform.breakers)
        return [wait for _, wait in await asyncio.gather(*asking)]

    waits, platform = told(story, rpm=None)
    distance = 60 / (30 - 1)
    assert sorted(waits) == [pytest.approx(15.05 + number * distance, abs=0.3) for number in range(3)]
    assert [code for _, code in platform.failures.seen] == ["upstream_rate_limited"] * 3


def test_a_key_that_is_closed_for_longer_is_not_waited_for_and_its_breaker_knows() -> None:
    async def story(platform: Platform) -> tuple[UpstreamBusy, UpstreamBusy, float]:
        platform.provider.refusals.append(busy(3_000.0))
        first = await refusal(platform.ask("one", [FIRST]))
        second = await refusal(platform.ask("one", [FIRST]))
        return first, second, asyncio.get_running_loop().time()

    (first, second, now), platform = told(story)
    assert [first.retry_after, second.retry_after] == pytest.approx([3_000.0, 3_000.0])
    assert now == 0.0
    assert [breaker.failures for breaker in platform.breakers] == [1]


def test_nobody_waits_beyond_a_minute_or_a_deadline() -> None:
    async def story(platform: Platform) -> tuple[UpstreamBusy, UpstreamBusy, float]:
        crowd = begun(*(platform.ask("one", [FIRST]) for _ in range(59)))
        await asyncio.sleep(0.1)
        crowd += begun(platform.ask("one", [FIRST]))
        await asyncio.sleep(0)
        late = await refusal(platform.ask("one", [FIRST]))
        hasty = await refusal(platform.ask("two", [FIRST], seconds=0.5))
        now = asyncio.get_running_loop().time()
        await asyncio.gather(*crowd)
        return late, hasty, now

    (late, hasty, now), platform = told(story)
    assert now == pytest.approx(0.1), "it was known at once"
    assert late.retry_after == pytest.approx(61, abs=1)
    assert hasty.retry_after == pytest.approx(1.9, abs=0.2)
    assert max(platform.waits.waited) <= 60.1


def test_one_agent_has_only_so_many_places() -> None:
    async def story(platform: Platform) -> tuple[UpstreamBusy, float]:
        crowd = begun(*(platform.ask("one", [FIRST]) for _ in range(6)))
        await asyncio.sleep(0.1)
        error = await refusal(platform.ask("one", [FIRST]))
        _, wait = await platform.ask("two", [FIRST])
        await asyncio.gather(*crowd)
        return error, wait

    (error, wait), _ = told(story, most_of_one=5)
    assert error.retry_after is not None
    assert wait <= 2 * 60 / 59


def test_beyond_all_places_the_longest_line_loses_its_last() -> None:
    async def story(platform: Platform) -> tuple[list[object], float]:
        crowd = begun(*(platform.ask("noisy", [FIRST]) for _ in range(11)))
        await asyncio.sleep(0.1)
        _, wait = await platform.ask("quiet", [FIRST])
        return await asyncio.gather(*crowd, return_exceptions=True), wait

    (outcomes, wait), _ = told(story, most=10, most_of_one=10)
    refused = [place for place, outcome in enumerate(outcomes) if isinstance(outcome, UpstreamBusy)]
    assert refused == [10], "the one that came last"
    assert wait <= 2 * 60 / 59


def test_who_has_just_been_given_a_turn_cannot_be_sent_away() -> None:
    async def story(platform: Platform) -> list[tuple[str, float]]:
        crowd = begun(*(platform.ask("one", [FIRST]) for _ in range(11)))
        await asyncio.sleep(0)
        asyncio.get_running_loop()._virtual.now += 5  # type: ignore[attr-defined] # as if something took that long
        crowd += begun(platform.ask("one", [FIRST]))
        return await asyncio.gather(*crowd)

    assert len(told(story, rpm=600, most=1)[0]) == 12


def test_a_caller_who_leaves_frees_the_place() -> None:
    async def story(platform: Platform) -> float:
        crowd = begun(*(platform.ask("one", [FIRST]) for _ in range(20)))
        await asyncio.sleep(0.1)
        for task in crowd[1:]:
            task.cancel()
        await asyncio.wait(crowd)
        assert platform.waits.waiting == 0
        return (await platform.ask("one", [FIRST]))[1]

    wait, platform = told(story)
    assert wait <= 60 / 59
    assert len(platform.provider.asked) == 2


def test_a_turn_that_meets_a_caller_who_just_left_goes_to_the_next() -> None:
    async def story(platform: Platform) -> float:
        await platform.ask("one", [FIRST])
        leaver, stayer = begun(platform.ask("one", [FIRST]), platform.ask("one", [FIRST]))
        await asyncio.sleep(0.1)
        (pool,) = platform.pacer._pools.values()
        asyncio.get_running_loop().call_at(60 / 59, pool.serve)
        asyncio.get_running_loop().call_at(60 / 59, leaver.cancel)
        _, wait = await stayer
        return wait

    wait, platform = told(story)
    assert wait == pytest.approx(60 / 59 - 0.2, abs=0.01)
    assert len(platform.provider.asked) == 2


def test_a_turn_by_which_nothing_is_sent_goes_to_the_next() -> None:
    async def story(platform: Platform) -> float:
        platform.provider.unable = True
        for _ in range(5):
            with pytest.raises(InvalidRequest):
                await platform.ask("one", [FIRST])
        platform.provider.unable = False
        return (await platform.ask("one", [FIRST]))[1]

    assert told(story)[0] == 0.0


def test_a_breaker_that_is_open_does_not_use_up_turns() -> None:
    down = UpstreamUnavailable("down", provider="openai", upstream_status=503)

    async def story(platform: Platform) -> float:
        for _ in range(3):
            platform.breakers.failed(FIRST.identity, down)
        for _ in range(5):
            with pytest.raises(UpstreamUnavailable):
                await platform.ask("one", [FIRST])
        return (await platform.ask("one", [OTHER]))[1]

    wait, platform = told(story)
    assert (wait, len(platform.provider.asked)) == (0.0, 1)


def test_attempts_that_fail_use_up_turns_for_the_provider_counts_them() -> None:
    async def story(platform: Platform) -> float:
        platform.provider.refusals.append(UpstreamRejected("no", provider="openai", upstream_status=422))
        with pytest.raises(UpstreamRejected):
            await platform.ask("one", [FIRST])
        return (await platform.ask("one", [FIRST]))[1]

    assert told(story)[0] == pytest.approx(60 / 59)


def test_a_key_at_fault_is_not_waited_for_again_by_the_same_request() -> None:
    async def story(platform: Platform) -> tuple[str, float]:
        platform.provider.refusals.append(UpstreamRejected("no", provider="openai", upstream_status=401))
        return await platform.ask("one", [FIRST, SECOND])

    assert told(story)[0] == ("second", 0.0)


def test_a_provider_that_is_down_is_asked_a_second_time_by_a_turn_of_its_own() -> None:
    async def story(platform: Platform) -> tuple[str, float]:
        platform.provider.refusals.append(UpstreamUnavailable("down", provider="openai", upstream_status=503))
        return await platform.ask("one", [FIRST])

    key, wait = told(story)[0]
    assert key == "first"
    assert wait == pytest.approx(60 / 59)
