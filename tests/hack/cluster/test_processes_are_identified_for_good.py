import os
import subprocess
import sys
from pathlib import Path

import pytest

from hack.cluster.errors import DaemonExitedError
from hack.cluster.processes import Daemon, Process, command_line, end, identify, parse_stat, start, tail
from hack.cluster.waiting import wait_until

SLEEPER = Daemon("sleeper", (sys.executable, "-c", "import time; print('here', flush=True); time.sleep(60)"))


def test_a_process_is_alive_until_it_ends(tmp_path: Path) -> None:
    process = start(SLEEPER, tmp_path / "log")

    assert process.alive()
    end([process])
    assert not process.alive()


def test_a_recycled_number_is_not_the_same_process_and_is_never_killed() -> None:
    with subprocess.Popen(SLEEPER.argv, stdout=subprocess.DEVNULL) as child:
        real = identify(child.pid)
        assert real
        former_owner_of_the_number = Process(real.pid, real.started - 1)

        end([former_owner_of_the_number])

        assert not former_owner_of_the_number.alive()
        assert real.alive()
        child.kill()


def test_a_zombie_does_not_count_as_alive() -> None:
    with subprocess.Popen(["true"]) as child:
        wait_until(lambda: identify(child.pid) is None, what="the end of `true`", seconds=5)
        assert child.returncode is None


def test_the_name_of_a_program_may_hold_brackets_and_spaces() -> None:
    fields = " ".join(["S", *(str(number) for number in range(1, 30))])

    assert parse_stat(f"42 (a) ) b c) {fields}") == ("S", 19)


def test_a_daemon_is_not_ended_with_the_session_that_started_it(tmp_path: Path) -> None:
    process = start(SLEEPER, tmp_path / "log")
    try:
        assert os.getsid(process.pid) == process.pid
        assert command_line(process.pid) == SLEEPER.argv
        wait_until(lambda: tail(tmp_path / "log") == "here", what="output in the log", seconds=5)
    finally:
        end([process])


def test_what_a_daemon_adds_to_its_environment_reaches_it(tmp_path: Path) -> None:
    program = "import os, time; print(os.environ['COLOUR'], flush=True); time.sleep(60)"
    process = start(Daemon("painter", (sys.executable, "-c", program), {"COLOUR": "blue"}), tmp_path / "log")
    try:
        wait_until(lambda: tail(tmp_path / "log") == "blue", what="output in the log", seconds=5)
    finally:
        end([process])


def test_a_polite_end_lets_a_daemon_clean_up(tmp_path: Path) -> None:
    program = (
        "import signal, sys, time\n"
        "def leave(*_): print('tidy', flush=True); sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, leave); print('ready', flush=True); time.sleep(60)"
    )
    process = start(Daemon("tidy", (sys.executable, "-c", program)), tmp_path / "log")
    wait_until(lambda: tail(tmp_path / "log") == "ready", what="output in the log", seconds=5)

    end([process], grace=5)

    assert tail(tmp_path / "log", lines=1) == "tidy"


def test_the_end_of_the_log_explains_why_a_daemon_ended(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("\n".join(f"line {number}" for number in range(100)))

    error = DaemonExitedError("etcd", tail(log, lines=2))

    assert str(error).endswith("line 98\nline 99")
    assert "etcd ended" in str(error)


@pytest.mark.parametrize("pid", [2**22 + 1, 999_999_999])
def test_a_number_nobody_has_identifies_nothing(pid: int) -> None:
    assert identify(pid) is None
    assert command_line(pid) == ()
