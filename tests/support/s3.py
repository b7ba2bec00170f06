"""An S3 server for tests, built and started here: versitygw over a folder."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.mongo import free_port

__all__ = ["S3Server", "running_s3"]

_START_SECONDS = 20
_KEY = "drive-of-the-tests"
_SECRET = "secret-of-the-tests"


@dataclass(frozen=True)
class S3Server:
    """A running server and the folder in which a bucket is a folder and an object a file."""

    endpoint: str
    folder: Path

    def url(self, bucket: str, prefix: str = "files", *, secret: str = _SECRET) -> str:
        """Make a bucket and return its address for the drive."""
        (self.folder / bucket).mkdir(exist_ok=True)
        options = f"endpoint={self.endpoint}&region=us-east-1&access_key_id={_KEY}&secret_access_key={secret}"
        return f"s3://{bucket}/{prefix}?{options}"

    def objects(self, bucket: str) -> list[Path]:
        """Return the objects of a bucket, hidden ones such as unfinished uploads included."""
        return [path for path in (self.folder / bucket).rglob("*") if path.is_file()]


@contextlib.contextmanager
def running_s3() -> Iterator[S3Server]:
    """Run a server; skip the test where it cannot be built."""
    program, port = _program(), free_port()
    folder = Path(tempfile.mkdtemp(prefix="vutler-s3-"))
    command = [str(program), "--quiet", "--port", f"127.0.0.1:{port}", "posix", str(folder)]
    keys = {"ROOT_ACCESS_KEY": _KEY, "ROOT_SECRET_KEY": _SECRET}
    process = subprocess.Popen(
        command, env={**os.environ, **keys}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder
    )
    try:
        _await_port(process, port)
        yield S3Server(f"http://127.0.0.1:{port}", folder)
    finally:
        process.kill()
        process.wait(10)
        shutil.rmtree(folder, ignore_errors=True)


def _program() -> Path:
    """Build the server, or take it from the cache."""
    command = [sys.executable, "-m", "hack.cluster", "binaries", "versitygw"]
    built = subprocess.run(command, capture_output=True, text=True, check=False, timeout=280)
    if built.returncode:
        pytest.skip(f"versitygw cannot be built here: {built.stderr.strip().splitlines()[-1:] or 'no reason given'}")
    return Path(built.stdout.split()[-1])


def _await_port(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None:
            pytest.fail(f"versitygw ended with status {process.returncode} instead of listening")
        time.sleep(0.05)
    pytest.fail(f"versitygw did not listen within {_START_SECONDS} s")
