import itertools
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vutler_router.fairuse.fair_queue import FairQueue, Ticket

WEIGHTS = st.sampled_from([1, 2, 4, 8])
ODD_WEIGHTS = st.integers(1, 9)
QUIET = "quiet"


class Line(FairQueue[str]):
    """A queue of requests, each named after its agent, that counts arrivals."""

    def __init__(self) -> None:
        super().__init__()
        self.arrivals = itertools.count()

    def join(self, agent: str, weight: float = 1, *, times: int = 1) -> list[Ticket[str]]:
        return [self.push(agent, weight, agent, next(self.arrivals)) for _ in range(times)]

    def serve(self, times: int = 1) -> list[str]:
        return [ticket.item for _ in range(times) if (ticket := self.take()) is not None]

    def served_before(self, wanted: Ticket[str]) -> int:
        return next(number for number in itertools.count() if self.take() is wanted)


def noisy(weights: list[int]) -> dict[str, int]:
    return {f"noisy-{number}": weight for number, weight in enumerate(weights)}


@given(st.lists(ODD_WEIGHTS, min_size=2, max_size=6), st.integers(1, 200))
def test_shares_follow_the_weights_at_every_moment_of_a_backlog(weights: list[int], turns: int) -> None:
    line, agents = Line(), noisy(weights)
    for agent, weight in agents.items():
        line.join(agent, weight, times=turns + 1)

    served = Counter(line.serve(turns))

    for one, other in itertools.combinations(agents, 2):
        apart = abs(served[one] / agents[one] - served[other] / agents[other])
        assert apart <= 1 / agents[one] + 1 / agents[other] + 1e-9


@given(st.lists(WEIGHTS, min_size=1, max_size=8), WEIGHTS, st.integers(0, 150), st.integers(1, 80))
def test_an_agent_that_was_quiet_waits_for_no_more_than_one_request_of_each_other(
    weights: list[int], own: int, before: int, backlog: int
) -> None:
    line = Line()
    for agent, weight in noisy(weights).items():
        line.join(agent, weight, times=before + backlog)
    line.serve(before)

    (ticket,) = line.join(QUIET, own)

    assert line.served_before(ticket) <= len(weights)


def test_who_asks_every_now_and_then_is_not_slowed_down_by_it() -> None:
    line = Line()
    for agent in ("noisy-0", "noisy-1"):
        line.join(agent, times=1_000)

    for _ in range(100):
        (ticket,) = line.join(QUIET)
        assert line.served_before(ticket) <= 2
        line.serve(3)


@given(st.integers(0, 50), st.integers(0, 50))
def test_the_past_is_neither_a_debt_nor_a_credit(alone: int, idle: int) -> None:
    line = Line()
    line.join("always", times=200)
    line.join("earlier", times=alone)
    line.serve(2 * alone)
    line.serve(idle)

    line.join("earlier", times=20)
    line.join("never", times=20)

    served = line.serve(30)
    assert set(Counter(served).values()) == {10}


def test_a_moment_without_waiting_makes_everybody_equal() -> None:
    line = Line()
    line.join("one", times=30)
    line.serve(30)

    line.join("other", times=5)
    line.join("one", times=5)

    assert line.serve(10) == ["other", "one"] * 5


def test_requests_of_one_agent_keep_their_order() -> None:
    line = Line()
    tickets = line.join("one", 4, times=10)
    line.join("other", times=3)
    taken = [line.take() for _ in range(13)]
    assert [ticket for ticket in taken if ticket in tickets] == tickets


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans()), max_size=60))
def test_who_leaves_does_not_change_the_order_of_the_others(comings: list[tuple[int, bool]]) -> None:
    with_leavers, without = Line(), Line()
    leavers = []
    for agent, leaves in comings:
        ticket = with_leavers.join(f"agent-{agent}", agent + 1)
        if leaves:
            leavers += ticket
        else:
            without.join(f"agent-{agent}", agent + 1)

    assert all(with_leavers.remove(ticket) for ticket in leavers)

    assert len(with_leavers) == len(without)
    assert with_leavers.serve(60) == without.serve(60)


def test_who_was_served_or_has_left_cannot_leave_again() -> None:
    line = Line()
    served, left, _ = line.join("one", times=3)
    assert line.take() is served
    line.remove(left)
    assert [line.remove(served), line.remove(left), len(line)] == [False, False, 1]


@given(st.lists(WEIGHTS, min_size=1, max_size=5), WEIGHTS, st.integers(0, 40), st.integers(0, 5))
def test_how_many_are_ahead_is_known_before_one_joins(weights: list[int], own: int, served: int, mine: int) -> None:
    line = Line()
    for number, (agent, weight) in enumerate(noisy(weights).items()):
        line.join(agent, weight, times=7 * number + 5)
    line.join(QUIET, own, times=mine)
    line.serve(served)

    expected = line.ahead(QUIET, own)

    (ticket,) = line.join(QUIET, own)
    assert line.served_before(ticket) == expected


def test_who_was_served_in_vain_is_first_of_its_agent_and_does_not_pay_twice() -> None:
    line = Line()
    first, *_ = line.join("one", times=4)
    line.join("other", times=4)
    assert line.take() is first

    again = line.put_back("one", 1, "one", first.order)

    assert line.take() is again
    assert line.serve(6) == ["other", "one"] * 3


@given(st.integers(1, 30), st.integers(0, 30))
def test_many_who_return_at_once_delay_a_quiet_agent_no_more_than_others_do(returned: int, waiting: int) -> None:
    line = Line()
    tickets = line.join("noisy", times=returned + waiting)[:returned]
    line.serve(returned)
    for ticket in reversed(tickets):
        line.put_back("noisy", 1, "noisy", ticket.order)

    (quiet,) = line.join(QUIET)

    assert line.served_before(quiet) <= 1


def test_those_who_return_keep_the_order_in_which_they_came() -> None:
    line = Line()
    tickets = line.join("one", times=5)
    line.serve(3)
    for place in (1, 2, 0):
        line.put_back("one", 1, str(place), tickets[place].order)
    assert line.serve(5) == ["0", "1", "2", "one", "one"]


def test_who_does_not_fit_is_passed_over_and_keeps_its_turn() -> None:
    line = Line()
    picky, *_ = line.join("one", times=2)
    line.join("other")
    fitting = line.take(lambda item: item != "one")
    assert fitting is not None
    assert fitting.item == "other"
    assert line.take(lambda item: item == "nobody") is None
    assert line.take() is picky


def test_the_line_that_is_longest_for_its_weight_loses_its_last() -> None:
    line = Line()
    line.join("heavy", 4, times=10)
    *_, last = line.join("light", 1, times=4)
    line.join(QUIET)
    assert line.shed() is last
    assert (line.waiting("light"), line.waiting("heavy"), line.waiting(QUIET)) == (3, 10, 1)


@given(st.lists(st.tuples(st.sampled_from("abc"), WEIGHTS), min_size=5, max_size=60))
def test_an_agent_within_its_share_of_the_places_keeps_them(comings: list[tuple[str, int]]) -> None:
    places, line, lost = 5, Line(), []
    weights = dict(comings)
    (mine,) = line.join("mine", max(weights.values()))
    for agent, _ in comings:
        line.join(agent, weights[agent])
        if len(line) > places:
            lost.append(line.shed())
    assert mine not in lost
    assert len(line) <= places


def test_nobody_can_be_shed_from_an_empty_line() -> None:
    with pytest.raises(ValueError, match="empty"):
        Line().shed()


def test_who_comes_and_goes_leaves_nothing_behind() -> None:
    line = Line()
    line.join("patient")
    for _ in range(1_000):
        (ticket,) = line.join("hasty")
        line.remove(ticket)
    assert len(line._heap) < 200
    line.serve()
    assert (line._lines, line._heap) == ({}, [])
