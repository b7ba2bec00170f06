"""MongoDB-wire servers for tests: FerretDB built and started here, and a real MongoDB where one is given."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

__all__ = ["ferretdb_process", "free_port", "running_ferretdb", "server_kinds"]

_START_SECONDS = 20


def server_kinds() -> list[str]:
    """Name the servers to test with: FerretDB always, a real MongoDB where MONGODB_TEST_URL says."""
    return ["ferretdb", *(["mongodb"] if os.environ.get("MONGODB_TEST_URL") else [])]


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def running_ferretdb(port: int | None = None, folder: Path | None = None) -> Iterator[str]:
    """Run a server and yield its URL, which ends in a slash; skip the test where it cannot be built."""
    with ferretdb_process(port, folder) as (url, _):
        yield url


@contextlib.contextmanager
def ferretdb_process(
    port: int | None = None, folder: Path | None = None
) -> "Iterator[tuple[str, subprocess.Popen[bytes]]]":
    """Run a server and yield its URL and its process, for tests that stop it meanwhile."""
    program = _program()
    own = tempfile.mkdtemp(prefix="vutler-ferretdb-") if folder is None else None
    port = port or free_port()
    data = folder or Path(str(own))
    command = [str(program), "-listen", f"127.0.0.1:{port}", "-data", f"{data}"]
    with (data / "server.log").open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        _await_port(process, port)
        yield f"mongodb://127.0.0.1:{port}/", process
    finally:
        process.kill()
        process.wait(10)
        if own is not None:
            shutil.rmtree(own, ignore_errors=True)


def _program() -> Path:
    """Build the server, or take it from the cache."""
    command = [sys.executable, "-m", "hack.cluster", "binaries", "ferretdb"]
    built = subprocess.run(command, capture_output=True, text=True, check=False, timeout=280)
    if built.returncode:
        pytest.skip(f"FerretDB cannot be built here: {built.stderr.strip().splitlines()[-1:] or 'no reason given'}")
    return Path(built.stdout.split()[-1])


def _await_port(process: subprocess.Popen[bytes], port: int) -> None:
    """Wait until the server listens."""
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None:
            pytest.fail(f"FerretDB ended with status {process.returncode} instead of listening")
        time.sleep(0.05)
    pytest.fail(f"FerretDB did not listen within {_START_SECONDS} s")
