"""Runs the operator as a process of its own against a real API server, and asks it what it did."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import httpx

ROOT = Path(__file__).resolve().parents[3]
TOKEN = "router-admin-token-of-the-tests"

Found = TypeVar("Found")


def eventually(look: Callable[[], Found | None], what: str | Callable[[], str], *, seconds: float = 15) -> Found:
    """Look until something is found, and fail with `what` if nothing is."""
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:.0f} s: {what if isinstance(what, str) else what()}")
        time.sleep(0.03)


@dataclass(frozen=True, slots=True)
class OperatorProcess:
    """A running operator."""

    process: subprocess.Popen[str]
    port: int
    log: Path

    def writes(self) -> float:
        """Return how many of its requests changed something; those in a namespace that is going are refused.

        Its lease, which it renews as long as it acts, does not count.
        """
        lines = self.metrics().splitlines()
        writing = re.compile(
            r'\w+_api_requests_total\{resource="(?!leases").*status="(2\d\d)",verb="(?:create|patch)"\} (\S+)'
        )
        return sum(float(found[2]) for line in lines if (found := writing.match(line)))

    def leads(self) -> bool:
        return "vutler_operator_leader 1.0" in self.metrics().splitlines()

    def metrics(self) -> str:
        return httpx.get(f"http://127.0.0.1:{self.port}/metrics", trust_env=False).text

    def settle(self, *, quiet_seconds: float = 0.7) -> float:
        """Wait until it writes nothing for a while, and return its writes."""
        deadline = time.monotonic() + 30
        before, since = self.writes(), time.monotonic()
        while time.monotonic() - since < quiet_seconds:
            assert time.monotonic() < deadline, f"it writes on and on: {self.log.read_text()[-2000:]}"
            time.sleep(0.05)
            if (now := self.writes()) != before:
                before, since = now, time.monotonic()
        return before

    def memory_megabytes(self) -> float:
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


@contextmanager
def run_operator(
    kubeconfig: Path, router_url: str, folder: Path, namespaces: str = "", **more: str
) -> Iterator[OperatorProcess]:
    """Start the operator as `start_operator` does, stop it with SIGTERM and see that it ends well."""
    with start_operator(kubeconfig, router_url, folder, namespaces, **more) as running:
        yield running
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(20) == 0, running.log.read_text()[-2000:]


@contextmanager
def start_operator(
    kubeconfig: Path, router_url: str, folder: Path, namespaces: str = "", **more: str
) -> Iterator[OperatorProcess]:
    """Start the operator and wait until it acts or stands by; it is killed at the end if a test has not ended it.

    Its lease is in the first of its namespaces. One that is started after another takes that one's lease up at once, as
    a container does in its pod, unless it is given a `POD_ID` of its own.
    """
    log = folder / f"operator-{time.monotonic_ns()}.log"
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT / "operator"),
        "KUBECONFIG": str(kubeconfig),
        "ROUTER_URL": router_url,
        "ROUTER_ADMIN_TOKEN": TOKEN,
        "WATCH_NAMESPACES": namespaces,
        "OPERATOR_PORT": "0",
        "OPERATOR_NAMESPACE": namespaces.partition(",")[0] or "default",
        "POD_ID": "operator",
        **more,
    }
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "vutler_operator"],
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
        )
    try:
        port = int(
            eventually(lambda: re.search(r'"port": (\d+)', log.read_text()), f"its port in {log}", seconds=60)[1]
        )
        eventually(lambda: _is_ready(port), f"ready: {log.read_text()[-2000:]}", seconds=60)
        yield OperatorProcess(process, port, log)
    finally:
        process.kill()
        process.wait()


def run_to_its_end(*, seconds: float, **environment: str) -> subprocess.CompletedProcess[str]:
    """Start the operator with a setting that it cannot run with, and return what it said and how it ended."""
    inherited = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "operator"), "OPERATOR_PORT": "0"}
    return subprocess.run(
        [sys.executable, "-m", "vutler_operator"],
        env={**inherited, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds,
    )


def _is_ready(port: int) -> bool:
    return httpx.get(f"http://127.0.0.1:{port}/readyz", trust_env=False).is_success
