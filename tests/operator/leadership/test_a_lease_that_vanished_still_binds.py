from dataclasses import replace

from vutler_operator.leadership import Candidate, Election, Terms
from vutler_operator.resources.lease import Lease

HELD = Lease("a_1", 15, "", "t1", 0, version="7")


def election(pod: str) -> Election:
    return Election(Candidate(f"{pod}_1", lambda holder: holder.startswith(f"{pod}_")), Terms())


def test_who_saw_it_held_waits_as_if_it_had_been_renewed_just_then() -> None:
    standby = election("b")
    assert standby.decide(HELD, 0.0, "t") is None

    # It looked away for long: the holder may have renewed a second ago.
    assert standby.decide(None, 100.0, "t") is None
    assert standby.decide(None, 114.9, "t") is None

    taken = standby.decide(None, 115.0, "t")
    assert taken is not None
    assert (taken.holder, taken.version) == ("b_1", "")


def test_its_holder_makes_it_again_at_once() -> None:
    holder = election("a")
    holder.confirm(HELD, sent_at=0.0, now=0.1)

    again = holder.decide(None, 2.0, "t2")

    assert again is not None
    assert (again.holder, again.version) == ("a_1", "")


def test_its_holder_waits_like_everybody_when_its_own_term_is_over() -> None:
    holder = election("a")
    holder.confirm(HELD, sent_at=0.0, now=0.1)

    assert holder.decide(None, 100.0, "t") is None
    assert holder.decide(None, 114.9, "t") is None
    assert holder.decide(None, 115.0, "t") is not None


def test_who_never_saw_one_need_not_wait() -> None:
    assert election("a").decide(None, 0.0, "t") is not None


def test_one_that_was_released_before_it_vanished_binds_nobody() -> None:
    standby = election("b")
    taken = standby.decide(replace(HELD, holder=""), 0.0, "t")
    assert taken is not None
    assert taken.version == "7"

    assert standby.decide(None, 1.0, "t") is not None


def test_a_lease_that_its_holder_made_longer_is_waited_for_but_not_for_ever() -> None:
    standby = election("b")
    assert standby.decide(replace(HELD, duration_seconds=1_000_000), 0.0, "t") is None

    assert standby.decide(replace(HELD, duration_seconds=1_000_000), 59.9, "t") is None
    assert standby.decide(replace(HELD, duration_seconds=1_000_000), 60.0, "t") is not None


def test_what_others_change_about_the_object_does_not_count_as_a_renewal() -> None:
    standby = election("b")
    assert standby.decide(HELD, 0.0, "t") is None

    taken = standby.decide(replace(HELD, version="8"), 15.0, "t")

    assert taken is not None
    assert taken.version == "8"
