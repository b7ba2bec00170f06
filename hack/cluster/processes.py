"""Start daemons and end exactly those: a process is its number together with the moment it began."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from hack.cluster.errors import ClusterError, DaemonExitedError
from hack.cluster.waiting import wait_until

__all__ = [
    "Daemon",
    "Process",
    "boot_id",
    "command_line",
    "end",
    "identify",
    "list_pids",
    "run",
    "start",
    "started_at",
    "tail",
]

_PROC = Path("/proc")
_START_TIME = 19
"""Position of `starttime` (field 22 of proc(5) `stat`) in what follows the command's closing bracket."""


@dataclass(frozen=True, slots=True)
class Process:
    """Identify a process for good, so that a recycled number is never killed."""

    pid: int
    started: int
    """Clock ticks after boot."""

    def alive(self) -> bool:
        """Say whether this very process still runs."""
        return started_at(self.pid) == self.started


@dataclass(frozen=True, slots=True)
class Daemon:
    """Describe a program that runs in the background."""

    name: str
    argv: tuple[str, ...]
    environment: Mapping[str, str] | None = None
    """Added to the environment of the caller."""


def boot_id() -> str:
    """Return what tells one start of the machine from the next."""
    return (_PROC / "sys/kernel/random/boot_id").read_text().strip()


def parse_stat(stat: str) -> tuple[str, int]:
    """Return the state letter and start time from the text of `/proc/PID/stat`.

    The command stands in brackets and may itself hold brackets and spaces.
    """
    fields = stat.rpartition(")")[2].split()
    return fields[0], int(fields[_START_TIME])


def started_at(pid: int) -> int | None:
    """Return the start time of a living process, or None when there is none (a zombie is none)."""
    try:
        state, started = parse_stat((_PROC / str(pid) / "stat").read_text())
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if state in "ZX" else started


def identify(pid: int) -> Process | None:
    """Return the process that has this number now."""
    started = started_at(pid)
    return None if started is None else Process(pid, started)


def list_pids() -> Iterator[int]:
    """Yield the number of every process of the machine."""
    for entry in _PROC.iterdir():
        if entry.name.isdigit():
            yield int(entry.name)


def command_line(pid: int) -> tuple[str, ...]:
    """Return the arguments of a process; empty when it is gone or a kernel thread."""
    try:
        raw = (_PROC / str(pid) / "cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return ()
    return tuple(part.decode(errors="replace") for part in raw.rstrip(b"\0").split(b"\0")) if raw else ()


def start(daemon: Daemon, log: Path) -> Process:
    """Start a daemon in a session of its own, writing to `log`.

    Raises:
        DaemonExitedError: when it is gone at once.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        child = subprocess.Popen(
            daemon.argv,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd="/",
            env={**os.environ, **(daemon.environment or {})},
        )
    process = identify(child.pid)
    if process is None:
        raise DaemonExitedError(daemon.name, tail(log))
    # The child outlives this program: without this, Python would complain that nobody waited for it.
    child.returncode = 0
    return process


def end(processes: Iterable[Process], *, grace: float = 0.0) -> None:
    """End processes: politely when `grace` seconds are given, then by force; return when they are gone.

    Raises:
        ClusterError: when one survives even that (it hangs in the kernel).
    """
    living = [process for process in processes if process.alive()]
    if grace:
        _signal(living, signal.SIGTERM)
        with suppress(ClusterError):
            wait_until(lambda: not _living(living), what="a polite end", seconds=grace, every=0.02)
    _signal(_living(living), signal.SIGKILL)
    wait_until(lambda: not _living(living), what=f"the end of {living}", seconds=20, every=0.02)


def _living(processes: Iterable[Process]) -> list[Process]:
    return [process for process in processes if process.alive()]


def _signal(processes: Iterable[Process], number: signal.Signals) -> None:
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process.pid, number)


def run(*argv: str, check: bool = True, stdin: str | None = None, env: Mapping[str, str] | None = None) -> str:
    """Run a short command and return what it printed.

    Raises:
        ClusterError: when it fails and `check` is set; the message carries what it said.
    """
    try:
        done = subprocess.run(
            argv,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, **env} if env else None,
        )
    except FileNotFoundError as error:
        raise ClusterError(f"{argv[0]} is not installed") from error
    if check and done.returncode != 0:
        raise ClusterError(f"`{' '.join(argv)}` failed: {(done.stderr or done.stdout).strip()}")
    return done.stdout


def tail(log: Path, lines: int = 12) -> str:
    """Return the last lines of a log."""
    try:
        text = log.read_text(errors="replace")
    except FileNotFoundError:
        return "(no log)"
    return "\n".join(text.splitlines()[-lines:])
