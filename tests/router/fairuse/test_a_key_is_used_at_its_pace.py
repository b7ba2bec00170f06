import itertools
from bisect import bisect_right

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vutler_router.fairuse.pace import Pace

NOW = 1_000.0


def send_all(pace: Pace, start: float, seconds: float) -> list[float]:
    """Send whenever the pace allows it; returns when."""
    now, sent = start, []
    while now < start + seconds:
        wait = pace.opens_in(now)
        if wait > 0:
            now += max(wait, 1e-6)
            continue
        pace.spend(now)
        sent.append(now)
    return sent


def refused(pace: Pace, now: float = NOW, retry_after: float | None = None) -> None:
    pace.spend(now)
    pace.refused(now, retry_after, now)


def test_a_key_of_which_nothing_is_known_has_no_limit() -> None:
    pace = Pace()
    for _ in range(10_000):
        pace.spend(NOW)
    assert (pace.opens_in(NOW), pace.rate) == (0.0, None)


@given(st.integers(1, 400), st.floats(0, 120))
def test_no_minute_holds_more_than_a_key_allows_wherever_it_begins(per_minute: int, rest: float) -> None:
    pace = Pace(per_minute)
    pace.spend(NOW)
    sent = [NOW, *send_all(pace, NOW + rest, 70)]

    assert all(bisect_right(sent, first + 60) - number <= per_minute for number, first in enumerate(sent))


@pytest.mark.parametrize(("per_minute", "least"), [(1, 0), (5, 4), (60, 59), (600, 590), (6_000, 5_900)])
def test_little_of_what_a_key_allows_is_left_unused(per_minute: int, least: int) -> None:
    pace = Pace(per_minute)
    send_all(pace, NOW, 60)
    assert len(send_all(pace, NOW + 60, 60)) >= least


def test_a_key_at_rest_gives_a_seconds_worth_at_once_and_then_goes_evenly() -> None:
    sent = send_all(Pace(600), NOW, 2)
    assert sent[:10] == [NOW] * 10
    gaps = [after - before for before, after in itertools.pairwise(sent[9:])]
    assert min(gaps) == pytest.approx(max(gaps), rel=1e-3) == pytest.approx(60 / 590, rel=1e-3)


def test_a_key_that_opens_again_is_not_stormed() -> None:
    pace = Pace(600)
    refused(pace, retry_after=10.0)
    sent = send_all(pace, NOW, 11)
    assert sent[0] == pytest.approx(NOW + 10, abs=1e-3)
    assert sent[1] - sent[0] == pytest.approx(60 / (0.7 * 600 - 7), rel=1e-2)


def test_what_was_not_sent_is_given_back() -> None:
    pace = Pace(60)
    pace.spend(NOW)
    assert pace.opens_in(NOW) > 0
    pace.refund()
    assert pace.opens_in(NOW) == 0


def test_a_refusal_closes_a_key_for_as_long_as_the_provider_says() -> None:
    pace = Pace()
    refused(pace, retry_after=30.0)
    assert pace.opens_in(NOW) == pace.closed_for(NOW) == 30.0
    assert pace.opens_in(NOW + 30) == 0
    pace.spend(NOW + 30)
    assert pace.opens_in(NOW + 30) > 0, "one by one after the opening"


def test_without_a_word_of_the_provider_the_key_is_closed_for_longer_each_time() -> None:
    pace, closed = Pace(), []
    for number in range(9):
        refused(pace, NOW + 100 * number)
        closed.append(pace.closed_for(NOW + 100 * number))
    assert closed == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_a_first_refusal_sets_the_rate_by_what_was_sent_in_the_minute_before() -> None:
    pace = Pace()
    for number in range(100):
        pace.spend(NOW + number / 10)
    pace.refused(NOW + 10, 5.0, NOW + 9.9)
    assert pace.rate == pytest.approx(70)


def test_requests_of_the_window_before_count_as_far_as_they_are_within_the_minute() -> None:
    pace = Pace()
    pace.spend(NOW, 60)
    pace.spend(NOW + 60, 30)
    pace.refused(NOW + 90, 5.0, NOW + 89)
    assert pace.rate == pytest.approx(0.7 * (30 + 60 / 2))


def test_a_refusal_after_little_use_does_not_choke_a_key() -> None:
    pace = Pace()
    refused(pace)
    assert pace.rate == 30


def test_of_requests_under_way_together_only_the_first_refusal_lowers_the_rate() -> None:
    pace = Pace(60)
    pace.spend(NOW, 60)
    for _ in range(40):
        pace.refused(NOW + 1, 5.0, NOW)
    assert pace.rate == pytest.approx(42)
    assert pace.refusals == 1


def test_a_second_refusal_without_an_answer_in_between_says_nothing_about_the_rate() -> None:
    pace = Pace(60)
    pace.spend(NOW, 60)
    pace.refused(NOW, 1.0, NOW)
    refused(pace, NOW + 2)
    assert pace.rate == pytest.approx(42)
    assert pace.refusals == 2
    pace.answered(NOW + 5, NOW + 4, pressed=False)
    refused(pace, NOW + 6)
    assert pace.rate == pytest.approx(0.7 * 42)
    assert pace.refusals == 1


def test_a_provider_that_refuses_after_the_time_it_said_is_not_taken_at_its_word() -> None:
    pace, closed = Pace(), []
    for number in range(4):
        refused(pace, NOW + 10 * number, retry_after=1.5)
        closed.append(pace.closed_for(NOW + 10 * number))
    assert closed == [1.5, 2, 4, 8]


@given(st.integers(1, 5_000), st.integers(1, 60))
def test_refusals_never_stop_a_key_for_good(per_minute: int, times: int) -> None:
    pace = Pace(per_minute)
    for number in range(times):
        refused(pace, NOW + 100 * number)
        pace.answered(NOW + 100 * number + 70, NOW + 100 * number + 70, pressed=False)
    assert pace.rate is not None
    assert 1 <= pace.rate <= per_minute
    assert pace.opens_in(NOW + 100 * times + 200) == 0


def test_answers_raise_a_lowered_rate_by_steps_while_somebody_waits() -> None:
    pace = Pace(120)
    pace.spend(NOW, 120)
    pace.refused(NOW, 1.0, NOW)
    before = pace.rate
    for _ in range(84):
        pace.answered(NOW + 2, NOW + 2, pressed=True)
    assert before == pytest.approx(84)
    assert pace.rate == pytest.approx(90, abs=0.5), "a minute at full rate is worth six requests a minute"


def test_a_configured_rate_is_never_exceeded() -> None:
    pace = Pace(60)
    refused(pace)
    for _ in range(10_000):
        pace.answered(NOW + 2, NOW + 2, pressed=True)
    assert pace.rate == 60


@pytest.mark.parametrize(("sent_at", "pressed"), [(NOW + 2, False), (NOW - 1, True)])
def test_answers_prove_nothing_without_pressure_or_from_before_the_refusal(sent_at: float, *, pressed: bool) -> None:
    pace = Pace()
    refused(pace)
    pace.answered(NOW + 2, sent_at, pressed=pressed)
    assert pace.rate == 30


def test_an_answer_ends_the_row_of_refusals() -> None:
    pace = Pace()
    refused(pace)
    refused(pace, NOW + 10)
    pace.answered(NOW + 20, NOW + 19, pressed=False)
    refused(pace, NOW + 30)
    assert (pace.refusals, pace.closed_for(NOW + 30)) == (1, 1.0)


@pytest.mark.parametrize("known", [None, 60])
def test_what_was_learned_is_forgotten_after_minutes_without_a_refusal(known: int | None) -> None:
    pace = Pace(known)
    refused(pace)
    pace.relax(NOW + 299)
    assert pace.rate == (30 if known is None else 42)
    pace.relax(NOW + 301)
    assert (pace.rate, pace.refusals) == (known, 0)


def test_a_key_that_is_closed_for_long_is_not_forgotten_before_it_opens() -> None:
    pace = Pace()
    refused(pace, retry_after=3_600.0)
    pace.relax(NOW + 3_000)
    assert pace.opens_in(NOW + 3_000) == pytest.approx(600)
