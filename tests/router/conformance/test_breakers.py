import asyncio
from datetime import UTC, datetime, timedelta

from tests.support.conformance import Case, at_once
from tests.support.scripted_upstream import Cut, Hold, stream


async def fail(case: Case, status: int, times: int = 3, wait: str = "30") -> None:
    """Let requests fail; the wait is too long for any of them to be tried twice."""
    case.play(case.way.wire.failure(status, f"out of order, {case.keys[0]}", [("retry-after", wait)]))
    for _ in range(times):
        await case.ask()
    assert case.calls == times


@at_once
async def test_three_failures_in_a_row_open_a_breaker_that_everybody_can_see(case: Case) -> None:
    await fail(case, 503)
    response = await case.ask()
    assert (response.status_code, case.calls) == (503, 3)
    assert response.headers["x-vutler-attempts"] == "0"
    assert 1 <= int(response.headers["retry-after"]) <= 300
    (breaker,) = await case.breakers()
    assert (breaker["provider"], breaker["state"], breaker["failures"]) == (case.way.provider, "open", 3)
    assert "503" in breaker["reason"]
    reopens = datetime.fromisoformat(breaker["reopens_at"])
    assert timedelta(seconds=240) < reopens - datetime.now(UTC) <= timedelta(seconds=300)
    assert case.keys[0] not in str(breaker) + response.text


@at_once
async def test_a_breaker_concerns_nobody_with_another_key(case: Case) -> None:
    await fail(case, 401)
    other = await case.bench.case(case.way)
    other.models = case.models
    await other.bench.put(other, {**case.bench.link(case.way.provider, case.models[0], other.keys[0])})
    case.play(case.way.wire.answer())
    assert [(await one.ask()).status_code for one in (case, other)] == [400, 200]
    assert case.calls == 4


@at_once
async def test_the_reason_of_a_permanent_failure_stays_the_reason(case: Case) -> None:
    await fail(case, 401)
    response = await case.ask()
    error = response.json()["error"]
    assert (response.status_code, error["code"], case.calls) == (400, "provider_key_refused", 3)
    assert error["message"].startswith(f"{case.way.provider} refused the key")
    assert "retry-after" not in response.headers


@at_once
async def test_two_failures_and_a_success_leave_a_breaker_closed(case: Case) -> None:
    for _ in range(2):
        await fail(case, 503, times=2)
        case.line.received.clear()
        case.play(case.way.wire.answer())
        assert (await case.ask()).status_code == 200
        case.line.received.clear()
    assert await case.breakers() == []


@at_once
async def test_streams_that_break_open_a_breaker_too(case: Case) -> None:
    case.play(stream(*case.way.wire.beginning("Hel"), Cut()))
    for _ in range(3):
        await case.stream()
    response = await case.ask(stream=True)
    assert (response.status_code, case.calls) == (503, 3)
    (breaker,) = await case.breakers()
    assert (breaker["state"], breaker["code"]) == ("open", "upstream_broken")


@at_once
async def test_a_limited_rate_opens_a_breaker_for_as_long_as_the_provider_says(case: Case) -> None:
    await fail(case, 429)
    response = await case.ask()
    assert (response.status_code, case.calls) == (503, 3)
    assert int(response.headers["retry-after"]) <= 30


@at_once
async def test_the_next_model_answers_while_a_breaker_is_open(pair: Case) -> None:
    pair.play(pair.way.wire.failure(503))
    for _ in range(3):
        assert (await pair.ask()).headers["x-vutler-attempts"] == "2"
    response = await pair.ask()
    assert (response.status_code, response.headers["x-vutler-attempts"]) == (200, "1")
    assert len(pair.lines[0].received) == 3


@at_once
async def test_one_good_probe_closes_a_breaker(case: Case) -> None:
    await fail(case, 429, wait="5.2")
    case.play(case.way.wire.answer())
    assert (await case.ask()).status_code == 503
    await asyncio.sleep(5.4)
    assert (await case.ask()).status_code == 200
    assert await case.breakers() == []


@at_once
async def test_a_bad_probe_keeps_a_breaker_open(case: Case) -> None:
    await fail(case, 429, wait="5.2")
    await asyncio.sleep(5.4)
    assert (await case.ask()).status_code == 429
    assert ((await case.ask()).status_code, case.calls) == (503, 4)


@at_once
async def test_a_probe_whose_caller_leaves_lets_the_next_one_try(case: Case) -> None:
    await fail(case, 429, wait="5.2")
    await asyncio.sleep(5.4)
    case.play(stream(Hold()), case.way.wire.answer())
    await case.leave(stream=True)
    await asyncio.sleep(0.3)
    assert (await case.ask()).status_code == 200
