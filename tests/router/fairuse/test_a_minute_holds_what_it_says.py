from hypothesis import given
from hypothesis import strategies as st

from vutler_router.fairuse.windows import SECONDS_COUNTED, Minute

START = 1_795_000_000.0
STEPS = st.lists(st.floats(0, 20, allow_nan=False), min_size=1, max_size=120)


def begun(minute: Minute, now: float) -> Minute:
    return minute.plus({int(now): (1, 0)})


@given(STEPS, st.integers(1, 8))
def test_no_window_of_sixty_seconds_holds_more_than_is_let_through(steps: list[float], limit: int) -> None:
    minute, now, let_through = Minute(), START, list[float]()
    for step in steps:
        now += step
        minute = minute.at(now)
        if minute.requests < limit:
            minute = begun(minute, now)
            let_through.append(now)

    for first in let_through:
        assert sum(first <= moment < first + 60 for moment in let_through) <= limit


@given(STEPS, st.integers(1, 8))
def test_the_wait_that_is_told_is_exactly_long_enough(steps: list[float], limit: int) -> None:
    minute, now = Minute(), START
    for step in steps:
        now += step
        minute = minute.at(now)
        if minute.requests >= limit:
            wait = minute.wait_for_requests(limit, now)
            assert wait is not None
            assert 0 < wait <= SECONDS_COUNTED
            assert minute.at(now + wait + 1e-3).requests < limit
            assert minute.at(now + wait - 1e-3).requests >= limit
        minute = begun(minute, now)


def test_tokens_leave_by_the_second_they_were_used_in() -> None:
    minute = Minute(((100, 1, 700), (110, 1, 200), (120, 1, 200)))
    waits = [minute.wait_for_tokens(below, 121.5) for below in (2_000, 1_100, 401, 400, 200, 1, 0)]
    assert waits == [0.0, 39.5, 39.5, 49.5, 59.5, 59.5, None]


@given(STEPS, st.floats(-1e7, 1e7), st.integers(1, 8))
def test_a_clock_that_was_set_holds_nobody_back_for_longer_than_a_minute(
    steps: list[float], jump: float, limit: int
) -> None:
    minute, now = Minute(), START
    for step in steps:
        now += step
        minute = begun(minute.at(now), now)
    now += jump
    minute = minute.at(now)
    wait = minute.wait_for_requests(limit, now)
    assert wait is not None
    assert wait <= SECONDS_COUNTED + 5


def test_what_a_clock_set_back_left_in_the_future_counts_as_now() -> None:
    assert Minute(((100, 1, 5), (5_000, 2, 7), (6_000, 1, 1))).at(130.5) == Minute(((100, 1, 5), (130, 3, 8)))


def test_clocks_a_moment_apart_leave_each_others_seconds_alone() -> None:
    ahead = Minute(((133, 1, 0),))
    assert ahead.at(130.0) is ahead


def test_nothing_is_taken_away_that_is_not_there() -> None:
    assert Minute(((100, 1, 0),)).plus({100: (-2, 0), 99: (-1, 0)}) == Minute()
