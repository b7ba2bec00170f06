from vutler_operator.reconcile.queue import Backlog
from vutler_operator.resources.objects import ObjectRef


def key(name: str) -> ObjectRef:
    return ObjectRef("Agent", "team-a", name)


def order(backlog: Backlog) -> list[str]:
    taken = []
    while (found := backlog.take(0)) is not None:
        taken.append(found.name)
        backlog.done(found)
    return taken


def test_a_change_passes_the_echo_of_others() -> None:
    backlog = Backlog()
    for name in ("echo-1", "echo-2"):
        backlog.add(key(name))

    backlog.add(key("asked"), first=True)

    assert order(backlog) == ["asked", "echo-1", "echo-2"]


def test_the_echo_is_heard_while_changes_pour_in() -> None:
    backlog = Backlog()
    backlog.add(key("echo"))
    for number in range(6):
        backlog.add(key(f"asked-{number}"), first=True)

    assert order(backlog)[:4] == ["asked-0", "asked-1", "asked-2", "echo"]


def test_a_key_in_both_lines_is_taken_once() -> None:
    backlog = Backlog()
    for name in ("echo", "both"):
        backlog.add(key(name))

    backlog.add(key("both"), first=True)

    assert len(backlog) == 2
    assert order(backlog) == ["both", "echo"]
    assert backlog.is_idle()


def test_a_change_of_what_is_worked_on_comes_back_first() -> None:
    backlog = Backlog()
    backlog.add(key("busy"))
    busy = backlog.take(0)
    backlog.add(key("echo"))
    backlog.add(key("busy"), first=True)

    assert busy == key("busy")
    backlog.done(busy)

    assert order(backlog) == ["busy", "echo"]


def test_slow_echoes_never_hold_more_than_a_quarter_of_what_is_worked_on() -> None:
    backlog = Backlog()
    for number in range(40):
        backlog.add(key(f"echo-{number}"))
        backlog.add(key(f"asked-{number}"), first=True)

    taken = [str(found.name) for found in (backlog.take(0) for _ in range(24)) if found is not None]
    for name in taken:
        if name.startswith("asked"):
            backlog.done(key(name))
    later = [str(found.name) for found in (backlog.take(0) for _ in range(10)) if found is not None]

    assert sum(name.startswith("echo") for name in taken) == 6
    assert sum(name.startswith("echo") for name in later) == 0


def test_what_is_asked_for_is_in_line_until_it_is_taken() -> None:
    backlog = Backlog()
    backlog.add(key("echo"))
    assert not backlog.is_asked_for_more()

    backlog.add(key("echo"), first=True)
    assert backlog.is_asked_for_more()

    backlog.take(0)
    assert not backlog.is_asked_for_more()
