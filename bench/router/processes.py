"""Starts programs on loopback, waits until they answer, reads what they use, and stops them."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.router.errors import BenchError

__all__ = ["Program", "cpu_seconds", "free_port", "peak_megabytes", "resident_megabytes", "running"]

_STOP_SECONDS: Final = 10.0
_POLL_SECONDS: Final = 0.05
_LOG_TAIL: Final = 3000
_OK: Final = 200


@dataclass(frozen=True, slots=True)
class Program:
    """What is to be started.

    Attributes:
        name: For messages and the log's name.
        command: Program and arguments.
        environment: All of it but `PATH`: nothing of the caller's leaks in.
        port: The loopback port it will listen on.
        ready: A path that answers 200 once it serves.
        start_seconds: How long starting may take.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    port: int
    ready: str
    start_seconds: float = 30.0


def free_port() -> int:
    """Return a loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def running(program: Program, folder: Path) -> Iterator[int]:
    """Run a program for the length of the block; yields its process id.

    It gets a session of its own, so that Ctrl-C reaches it only when the block has ended.

    Raises:
        BenchError: It did not start in time; the message has the end of its log.
    """
    log = folder / f"{program.name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - the benchmark's own list of programs
            list(program.command),
            cwd=folder,
            env={"PATH": os.environ["PATH"], "HOME": str(folder), **program.environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait_ready(program, process, log)
        yield process.pid
    finally:
        _stop(process)


def _wait_ready(program: Program, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + program.start_seconds
    while not _answers(program.port, program.ready):
        ended = process.poll() is not None
        if ended or time.monotonic() > deadline:
            what = "ended while starting" if ended else f"was not ready within {program.start_seconds:.0f} s"
            raise BenchError(
                f"{program.name} {what}; the end of its log:\n{log.read_text('utf-8', 'replace')[-_LOG_TAIL:]}"
            )
        time.sleep(_POLL_SECONDS)


def _answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2.0)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == _OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the program with all it started: politely, then not."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_SECONDS)


def cpu_seconds(pid: int) -> float:
    """Return the processor time a process has used.

    `stat` counts all threads, ended ones too, in steps of 10 ms; `schedstat` is exact for those that live.
    """
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    coarse = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    exact = 0.0
    for thread in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):
            exact += int((thread / "schedstat").read_text().split()[0]) / 1e9
    return max(coarse, exact)


def resident_megabytes(pid: int) -> float:
    """Return a process's resident memory, in units of 10^6 bytes."""
    return _status_megabytes(pid, "VmRSS")


def peak_megabytes(pid: int) -> float:
    """Return the most resident memory a process ever had, in units of 10^6 bytes."""
    return _status_megabytes(pid, "VmHWM")


def _status_megabytes(pid: int, field: str) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        name, _, value = line.partition(":")
        if name == field:
            return int(value.split()[0]) * 1024 / 1e6
    raise BenchError(f"/proc/{pid}/status has no {field}: this needs Linux's own proc file system")
