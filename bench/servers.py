"""The processes under measurement: the scripted upstream and the router, each its own, on loopback."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

__all__ = ["cpu_seconds", "free_port", "resident_megabytes", "router", "upstream"]

ADMIN_TOKEN = "bench-admin-token-0123456789abcdef"  # noqa: S105 - protects a loopback server for a minute
AGENT = "bench.agent"
_ROOT = Path(__file__).resolve().parents[1]
_START_SECONDS = 20.0


def free_port() -> int:
    """Return a loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def _process(
    arguments: list[str], environment: dict[str, str], output: int = subprocess.DEVNULL
) -> Iterator[subprocess.Popen[str]]:
    path = os.pathsep.join([str(_ROOT), str(_ROOT / "router")])
    process = subprocess.Popen(  # noqa: S603 - starts this project's own modules
        [sys.executable, "-m", *arguments],
        cwd=_ROOT,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": path, **environment},
        stdout=output,
        text=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=_START_SECONDS)


@contextlib.contextmanager
def upstream(events: int) -> Iterator[str]:
    """Run the scripted upstream; yields its base URL."""
    with _process(["tests.support.scripted_upstream", "--events", str(events)], {}, subprocess.PIPE) as process:
        assert process.stdout is not None  # noqa: S101 - opened with a pipe
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/v1"


@contextlib.contextmanager
def router(upstream_url: str, data: Path) -> Iterator[tuple[str, str, int]]:
    """Run the router with one agent that uses the upstream; yields base URL, the agent's token and the process id."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    environment = {
        "ROUTER_HOST": "127.0.0.1",
        "ROUTER_PORT": str(port),
        "ROUTER_ADMIN_TOKEN": ADMIN_TOKEN,
        "ROUTER_DATA_DIR": str(data),
        "PROVIDER_URL_OPENAI": upstream_url,
    }
    with _process(["vutler_router"], environment) as process:
        _wait_ready(url)
        token = _call("POST", f"{url}/api/v1/agents", {"id": AGENT, "display_name": "Bench"})["token"]
        settings = {"provider": "openai", "model": "scripted-1", "api_key": "sk-bench-0123456789"}
        _call("PUT", f"{url}/api/v1/agents/{AGENT}/llm-config", settings)
        yield url, str(token), process.pid


def _wait_ready(url: str) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(urllib.error.URLError), urllib.request.urlopen(f"{url}/readyz"):  # noqa: S310 - loopback
            return
        time.sleep(0.05)
    raise TimeoutError(f"the router at {url} was not ready within {_START_SECONDS} s")


def _call(method: str, url: str, body: dict[str, str]) -> dict[str, object]:
    headers = {"authorization": f"Bearer {ADMIN_TOKEN}", "content-type": "application/json"}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers, method=method)  # noqa: S310 - loopback
    with urllib.request.urlopen(request) as response:  # noqa: S310 - loopback
        answer: dict[str, object] = json.load(response)
        return answer


def cpu_seconds(pid: int) -> float:
    """Return the processor time a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_megabytes(pid: int) -> float:
    """Return a process's resident memory."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
