import subprocess
import sys
from pathlib import Path

from vutler_operator.leadership.election import Candidate, Election, Terms
from vutler_operator.leadership.lineage import candidate_of_pod, candidate_of_process
from vutler_operator.resources.lease import Lease


def machine(folder: Path, *, boot: str = "b1", namespace: str = "pid:[1]") -> Path:
    (folder / "sys/kernel/random").mkdir(parents=True)
    (folder / "sys/kernel/random/boot_id").write_text(f"{boot}\n")
    (folder / "self/ns").mkdir(parents=True)
    (folder / "self/ns/pid").symlink_to(namespace)
    return folder


def process(proc: Path, pid: int, *, started: int, state: str = "S") -> Candidate:
    (proc / str(pid)).mkdir(exist_ok=True)
    (proc / str(pid) / "stat").write_text(f"{pid} (a b) c) {state} " + "0 " * 18 + f"{started} 0\n")
    return candidate_of_process(proc, pid)


def is_free(candidate: Candidate, holder: str) -> bool:
    lease = Lease(holder=holder, duration_seconds=15, acquired="", renewed="", transitions=0, version="1")
    return Election(candidate, Terms()).decide(lease, now=0.0, stamp="now") is not None


def test_one_that_is_not_there_any_more(tmp_path: Path) -> None:
    proc = machine(tmp_path)
    first, second = process(proc, 7, started=100), process(proc, 8, started=200)
    assert not is_free(second, first.identity)

    (proc / "7/stat").unlink()

    assert is_free(second, first.identity)


def test_one_whose_number_another_process_has(tmp_path: Path) -> None:
    proc = machine(tmp_path)
    first, second = process(proc, 7, started=100), process(proc, 8, started=200)

    process(proc, 7, started=300)

    assert is_free(second, first.identity)


def test_one_that_was_killed_and_that_nobody_asked_about(tmp_path: Path) -> None:
    proc = machine(tmp_path)
    first, second = process(proc, 7, started=100), process(proc, 8, started=200)

    process(proc, 7, started=100, state="Z")

    assert is_free(second, first.identity)


def test_one_that_stands_still_has_not_ended(tmp_path: Path) -> None:
    proc = machine(tmp_path)
    first, second = process(proc, 7, started=100, state="T"), process(proc, 8, started=200)

    assert not is_free(second, first.identity)


def test_processes_of_another_machine_or_container_are_not_judged(tmp_path: Path) -> None:
    here = process(machine(tmp_path / "here"), 8, started=200)
    rebooted = process(machine(tmp_path / "rebooted", boot="b2"), 7, started=100)
    contained = process(machine(tmp_path / "contained", namespace="pid:[2]"), 7, started=100)

    assert not is_free(here, rebooted.identity)
    assert not is_free(here, contained.identity)


def test_where_the_system_does_not_tell_nobody_is_succeeded(tmp_path: Path) -> None:
    first, second = candidate_of_process(tmp_path), candidate_of_process(tmp_path)

    assert first.identity != second.identity
    assert not is_free(second, first.identity)


def test_a_container_succeeds_those_before_it_in_its_pod_only() -> None:
    first, again, other = candidate_of_pod("op-1"), candidate_of_pod("op-1"), candidate_of_pod("op-10")

    assert is_free(again, first.identity)
    assert not is_free(other, first.identity)
    assert not is_free(again, other.identity)


def test_a_real_process_is_seen_to_live_and_to_end() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        theirs, ours = candidate_of_process(pid=child.pid), candidate_of_process()
        assert not is_free(ours, theirs.identity)

        child.kill()

    assert is_free(ours, theirs.identity)
