"""Names this process in an election, and tells which former holders have certainly ended.

A Lease outlives a process that was killed. Whoever can prove that its holder is gone need not wait until it runs out:
in a pod the container before this one, elsewhere a process of this machine that is not there any more.
"""

import hashlib
import os
import secrets
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from vutler_operator.leadership.election import Candidate

__all__ = ["candidate_of_pod", "candidate_of_process"]

_PROC: Final = Path("/proc")
_ENDED: Final = frozenset({"Z", "X"})
"""States of a process that will never run again, see proc(5)."""


class _Process(NamedTuple):
    state: str
    started: str
    """Clock ticks since the machine started: with the id, different for every process."""


def candidate_of_pod(pod: str) -> Candidate:
    """Name a container. No two of a pod run at once, so a holder whose name begins with the pod's is of the past."""
    return Candidate(f"{pod}_{secrets.token_hex(4)}", lambda holder: holder.startswith(f"{pod}_"))


def candidate_of_process(proc: Path = _PROC, pid: int | None = None) -> Candidate:
    """Name a process outside of a pod; where the system does not say what runs, nobody is succeeded.

    Args:
        proc: where the kernel shows its processes.
        pid: of the process to name; this one's by default.
    """
    pid, host = pid or os.getpid(), socket.gethostname().replace("_", "-")
    try:
        machine, own = _machine(proc), _look_at(proc, pid)
    except OSError:
        own = None
    if own is None:
        return Candidate(f"{host}_{secrets.token_hex(4)}", lambda _: False)
    return Candidate(f"{host}_{machine}_{pid}_{own.started}", _gone_from(proc, machine))


def _gone_from(proc: Path, machine: str) -> Callable[[str], bool]:
    def has_ended(holder: str) -> bool:
        match holder.split("_"):
            case [_, where, pid, started] if where == machine and pid.isdecimal():
                process = _look_at(proc, int(pid))
                return process is None or process.started != started or process.state in _ENDED
            case _:
                return False

    return has_ended


def _machine(proc: Path) -> str:
    """Name what a process id belongs to: this run of this kernel, and the process namespace in it.

    Raises:
        OSError: the system does not say.
    """
    boot = (proc / "sys/kernel/random/boot_id").read_text().strip()
    namespace = (proc / "self/ns/pid").readlink()
    return hashlib.sha256(f"{boot} {namespace}".encode()).hexdigest()[:12]


def _look_at(proc: Path, pid: int) -> _Process | None:
    """Return a process, or None if there is none of that id."""
    try:
        text = (proc / str(pid) / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = text.rpartition(")")[2].split()  # a program's name may contain anything
    return _Process(state=fields[0], started=fields[19])
