from datetime import UTC, datetime, timedelta

import pytest

from vutler_router.errors import UpstreamBusy, UpstreamError, UpstreamRejected, UpstreamUnavailable
from vutler_router.routing.breaker import Breakers, BreakerState, BreakerView

AVA = ("openai", "gpt-4o-mini", "ava's key")
BOB = ("openai", "gpt-4o-mini", "bob's key")
DOWN = UpstreamUnavailable("openai failed (503).", provider="openai", upstream_status=503)
REFUSED = UpstreamRejected(
    "openai refused the key.", provider="openai", upstream_status=401, code="provider_key_refused"
)


class Clock:
    def __init__(self) -> None:
        self.time = datetime(2026, 11, 26, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def pass_by(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breakers(clock: Clock) -> Breakers:
    return Breakers(clock)


def fail(breakers: Breakers, times: int, error: UpstreamError = DOWN) -> None:
    for _ in range(times):
        breakers.failed(AVA, error)


def state(breakers: Breakers) -> BreakerState:
    (view,) = breakers
    return view.state


def test_two_failures_leave_it_closed(breakers: Breakers) -> None:
    fail(breakers, 2)
    breakers.admit(AVA)
    assert state(breakers) is BreakerState.CLOSED


def test_three_failures_in_a_row_open_it_for_five_minutes(breakers: Breakers, clock: Clock) -> None:
    fail(breakers, 3)
    clock.pass_by(60)
    with pytest.raises(UpstreamUnavailable) as refusal:
        breakers.admit(AVA)
    assert (refusal.value.code, refusal.value.retry_after) == ("breaker_open", 240)
    assert "openai failed (503)" in refusal.value.message


def test_a_success_in_between_starts_the_count_anew(breakers: Breakers) -> None:
    fail(breakers, 2)
    breakers.succeeded(AVA)
    fail(breakers, 2)
    breakers.admit(AVA)
    assert state(breakers) is BreakerState.CLOSED


def test_another_key_is_not_affected(breakers: Breakers) -> None:
    fail(breakers, 3)
    breakers.admit(BOB)
    assert [view.key for view in breakers] == [AVA]


def test_after_five_minutes_one_probe_goes_through_and_no_second_one(breakers: Breakers, clock: Clock) -> None:
    fail(breakers, 3)
    clock.pass_by(300)
    breakers.admit(AVA)
    with pytest.raises(UpstreamUnavailable):
        breakers.admit(AVA)


def test_a_probe_that_succeeds_closes_it(breakers: Breakers, clock: Clock) -> None:
    fail(breakers, 3)
    clock.pass_by(300)
    breakers.admit(AVA)
    breakers.succeeded(AVA)
    breakers.admit(AVA)
    breakers.admit(AVA)
    assert list(breakers) == []


def test_a_stream_that_begins_ends_the_probe_well(breakers: Breakers, clock: Clock) -> None:
    fail(breakers, 3)
    clock.pass_by(300)
    breakers.admit(AVA)
    breakers.began(AVA)
    assert list(breakers) == []


def test_a_stream_that_begins_does_not_forgive_earlier_failures(breakers: Breakers) -> None:
    fail(breakers, 2)
    breakers.began(AVA)
    fail(breakers, 1)
    assert state(breakers) is BreakerState.OPEN


def test_a_probe_that_fails_opens_it_for_another_five_minutes(breakers: Breakers, clock: Clock) -> None:
    fail(breakers, 3)
    clock.pass_by(300)
    breakers.admit(AVA)
    fail(breakers, 1)
    clock.pass_by(299)
    with pytest.raises(UpstreamUnavailable):
        breakers.admit(AVA)


def test_a_probe_that_is_cancelled_lets_the_next_one_through(breakers: Breakers, clock: Clock) -> None:
    fail(breakers, 3)
    clock.pass_by(300)
    breakers.admit(AVA)
    breakers.released(AVA)
    breakers.admit(AVA)
    assert state(breakers) is BreakerState.HALF_OPEN


def test_a_rate_limit_with_a_known_end_opens_it_no_longer_than_that(breakers: Breakers, clock: Clock) -> None:
    fail(breakers, 3, UpstreamBusy("slow down", provider="openai", upstream_status=429, retry_after=20))
    clock.pass_by(20)
    breakers.admit(AVA)
    assert state(breakers) is BreakerState.HALF_OPEN


def test_a_permanent_failure_stays_one_while_it_is_open(breakers: Breakers) -> None:
    fail(breakers, 3, REFUSED)
    with pytest.raises(UpstreamRejected) as refusal:
        breakers.admit(AVA)
    assert (refusal.value.message, refusal.value.code) == (REFUSED.message, "provider_key_refused")


def test_who_looks_sees_why_and_until_when(breakers: Breakers, clock: Clock) -> None:
    fail(breakers, 3)
    (view,) = breakers
    assert (view.key, view.state, view.failures, view.reason) == (AVA, BreakerState.OPEN, 3, DOWN.message)
    assert (view.opened_at, view.reopens_at) == (clock.time, clock.time + timedelta(minutes=5))


def test_openings_and_closings_are_told(clock: Clock) -> None:
    told: list[BreakerView] = []
    breakers = Breakers(clock, told.append)
    fail(breakers, 3)
    breakers.succeeded(AVA)
    assert [view.state for view in told] == [BreakerState.OPEN, BreakerState.CLOSED]


def test_the_number_of_those_remembered_is_bounded(breakers: Breakers) -> None:
    for number in range(10_050):
        breakers.failed(("openai", "gpt-4o-mini", str(number)), DOWN)
    assert len(list(breakers)) == 10_000
    assert next(iter(breakers)).key[2] == "50"
