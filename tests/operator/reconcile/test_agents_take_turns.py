"""The decision alone: who may be rolled now. A simulated cluster plays it to the end."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vutler_operator.reconcile.rollouts import Change, Turn, choose
from vutler_operator.resources.objects import ObjectRef

NOON = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
LONG_AGO = NOON - timedelta(hours=1)
BASE, OTHER = Change("team-a/base", ""), Change("team-b/other", "")


def agent(number: int) -> ObjectRef:
    return ObjectRef("Agent", "team-a", f"a{number}")


def waiting(*changes: Change) -> dict[ObjectRef, Change]:
    return {agent(number): change for number, change in enumerate(changes)}


def under_way(change: Change) -> Turn:
    return Turn(change, NOON - timedelta(seconds=20), came_up=False)


def broken(change: Change) -> Turn:
    return Turn(change, LONG_AGO, came_up=False)


def test_those_who_waited_longest_go_first_up_to_the_pace() -> None:
    assert choose(waiting(BASE, BASE, BASE, BASE), [], 2, NOON) == (agent(0), agent(1))


def test_nobody_goes_while_all_places_are_taken() -> None:
    assert choose(waiting(BASE, OTHER), [under_way(BASE), under_way(OTHER)], 2, NOON) == ()


def test_two_templates_share_the_places() -> None:
    assert choose(waiting(BASE, BASE, BASE, OTHER), [under_way(BASE)], 3, NOON) == (agent(3), agent(0))


def test_a_template_that_breaks_its_first_agents_goes_no_further() -> None:
    assert choose(waiting(BASE, BASE), [broken(BASE), broken(BASE)], 2, NOON) == ()


def test_a_broken_template_gives_its_places_to_others_after_ten_minutes() -> None:
    turns = [broken(BASE), broken(BASE)]

    assert choose(waiting(BASE, OTHER), turns, 2, NOON) == (agent(1),)
    assert choose(waiting(BASE, OTHER), turns, 2, LONG_AGO + timedelta(minutes=9)) == ()


def test_one_agent_that_fails_alone_only_keeps_its_own_place() -> None:
    assert choose(waiting(BASE, BASE), [broken(BASE)], 2, NOON) == (agent(0),)


def test_an_image_that_breaks_agents_of_one_template_is_not_given_to_those_of_others() -> None:
    failed = [broken(Change("team-a/base", "openclaw:2"))]

    assert choose(waiting(Change("team-b/other", "openclaw:2")), failed, 1, NOON) == ()
    assert choose(waiting(Change("team-b/other", "")), failed, 1, NOON) == (agent(0),)


def test_an_agent_that_came_up_and_failed_later_holds_nobody_up_for_long() -> None:
    assert choose(waiting(BASE), [Turn(BASE, LONG_AGO, came_up=True)], 1, NOON) == (agent(0),)
    assert choose(waiting(BASE), [Turn(BASE, NOON, came_up=True)], 1, NOON) == ()


@dataclass
class Cluster:
    """Agents that wait for changes, and a kubelet that brings some of them up."""

    pace: int
    waiting: dict[ObjectRef, Change]
    breaks: frozenset[str] = frozenset()
    """Sources whose change no agent survives."""
    now: datetime = NOON
    turns: dict[ObjectRef, Turn] = field(default_factory=dict)
    rolled: list[ObjectRef] = field(default_factory=list)

    def step(self, ready: int) -> None:
        """Let those go who may, then bring the oldest `ready` of them up, and let a minute pass."""
        for chosen in choose(self.waiting, [*self.turns.values()], self.pace, self.now):
            change = self.waiting.pop(chosen)
            self.rolled.append(chosen)
            self.turns[chosen] = Turn(change, self.now, came_up=False)
        recent = [turn for turn in self.turns.values() if turn.is_recent(self.now)]
        assert len(recent) <= self.pace
        sound = [ref for ref, turn in self.turns.items() if turn.change.source not in self.breaks]
        for ref in sound[:ready]:
            del self.turns[ref]
        self.now += timedelta(minutes=1)


changes = st.builds(Change, st.sampled_from(["a/x", "a/y", "b"]), st.sampled_from(["", "image:2"]))
paces = st.integers(1, 4)


@given(st.lists(changes, max_size=25), paces, st.integers(1, 3))
def test_everybody_has_a_turn_once_and_never_more_than_the_pace_at_a_time(
    wanted: list[Change], pace: int, ready: int
) -> None:
    cluster = Cluster(pace, waiting(*wanted))

    for _ in range(len(wanted) + 1):
        cluster.step(ready)

    assert sorted(cluster.rolled) == sorted(waiting(*wanted))
    for source in {change.source for change in wanted}:
        for image in ("", "image:2"):
            order = [ref for ref in cluster.rolled if waiting(*wanted)[ref] == Change(source, image)]
            assert all(int(one.name[1:]) < int(two.name[1:]) for one, two in pairwise(order))


@given(st.lists(changes, max_size=25), paces)
def test_no_place_stays_free_while_somebody_may_go(wanted: list[Change], pace: int) -> None:
    assert len(choose(waiting(*wanted), [], pace, NOON)) == min(pace, len(wanted))


@given(st.lists(changes, max_size=25), paces)
def test_what_breaks_agents_breaks_no_more_of_them_than_the_pace_and_stops_nobody_else(
    wanted: list[Change], pace: int
) -> None:
    sound = [change for change in wanted if change.source != "a/x" and not change.image]
    mixed = [change for change in wanted if change.source == "a/x"] + sound
    cluster = Cluster(pace, waiting(*mixed), breaks=frozenset({"a/x"}))

    for _ in range(12 * (len(mixed) + 1)):
        cluster.step(pace)

    rolled = Counter(waiting(*mixed)[ref].source for ref in cluster.rolled)
    assert rolled["a/x"] == min(pace, sum(change.source == "a/x" for change in mixed))
    assert sum(rolled.values()) - rolled["a/x"] == len(sound)


@pytest.mark.parametrize("pace", [1, 10])
def test_a_thousand_agents_are_decided_upon_at_once(pace: int) -> None:
    assert len(choose(waiting(*[BASE] * 1000), [], pace, NOON)) == pace
