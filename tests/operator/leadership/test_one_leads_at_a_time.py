import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.operator.leadership.simulation import Process, Server, process
from vutler_operator.leadership import Terms

TICK = 0.05
MINUTE = 60.0


def ticks(seconds: float) -> list[float]:
    return [number * TICK for number in range(int(seconds / TICK))]


def leaders(processes: list[Process], now: float) -> int:
    return sum(process.leads(now) for process in processes)


@given(
    seed=st.integers(0, 2**32),
    loss=st.sampled_from([0.0, 0.05, 0.3]),
    slowest=st.sampled_from([0.1, 1.0, 6.0]),
    freezes=st.lists(st.tuples(st.integers(0, 2), st.floats(0, 50), st.floats(1, 40)), max_size=4),
    deletions=st.lists(st.floats(3, 55), max_size=2),
    speeds=st.tuples(*[st.floats(0.85, 1.15)] * 3),
)
def test_whatever_is_lost_late_frozen_or_deleted(
    seed: int,
    loss: float,
    slowest: float,
    freezes: list[tuple[int, float, float]],
    deletions: list[float],
    speeds: tuple[float, float, float],
) -> None:
    chance, server = random.Random(seed), Server()  # noqa: S311  a simulation

    def delay() -> float:
        return float("inf") if chance.random() < loss else chance.uniform(0.01, slowest)

    processes = [process(number, server, delay, speed=speed) for number, speed in enumerate(speeds)]
    deletions.sort()
    for now in ticks(2 * MINUTE):
        if (
            deletions
            and now > deletions[0]
            and server.lease
            and all(each.election.holder == server.lease.holder for each in processes)
        ):
            # Who never saw the present holder cannot know of it once the Lease is gone: nothing is promised for that.
            deletions.pop(0)
            server.lease = None
        for number, start, length in freezes:
            if start <= now < start + TICK:
                processes[number].frozen_until = start + length
        for each in processes:
            each.run(now)
        assert leaders(processes, now) <= 1


@given(seed=st.integers(0, 2**32), killed_at=st.floats(2, 20))
def test_a_dead_leaders_place_is_taken_within_seventeen_seconds(seed: int, killed_at: float) -> None:
    chance, server = random.Random(seed), Server()  # noqa: S311  a simulation
    processes = [process(number, server, lambda: chance.uniform(0.01, 0.1)) for number in range(3)]
    for now in ticks(killed_at):
        for each in processes:
            each.run(now)
    (leader,) = [each for each in processes if each.leads(killed_at)]

    leader.dead = True

    for now in (killed_at + later for later in ticks(17)):
        for each in processes:
            each.run(now)
    assert leaders(processes, killed_at + 17) == 1


@pytest.mark.parametrize("seconds", [0.1, 2, 9])
def test_a_leader_that_pauses_for_less_than_its_deadline_leads_on(seconds: float) -> None:
    server = Server()
    first, second = (process(number, server, lambda: 0.01) for number in range(2))
    for now in ticks(60):
        if now == 20:
            first.frozen_until = now + seconds
        for each in (first, second):
            each.run(now)
    assert first.leads(60)
    assert not second.acted


@pytest.mark.parametrize("terms", [(10, 10.0, 2.0), (15, 2.0, 2.0), (15, 10.0, 0.0)])
def test_terms_under_which_two_could_lead_are_refused(terms: tuple[int, float, float]) -> None:
    with pytest.raises(ValueError, match="a lease must be longer than its deadline"):
        Terms(*terms)
