"""The router and the operator as processes of their own, as small as they run in a cluster."""

import asyncio
import contextlib
import re
import secrets
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import aiohttp

from bench.operator.cluster import HOME, BenchCluster
from bench.operator.options import Options
from bench.router.errors import BenchError
from bench.router.processes import Program, free_port, running

__all__ = ["Operator", "Router", "running_operator", "running_router"]

_ROOT: Final = Path(__file__).resolve().parents[2]
_METRIC: Final = re.compile(r"^(\w+)(\{.*\})? (\S+)$", re.MULTILINE)
_WRITES: Final = re.compile(r'status="2\d\d",verb="(?:create|patch)"')
_POLL_SECONDS: Final = 0.05


@dataclass(frozen=True, slots=True)
class Router:
    """A running router: SQLite, every right of the operator's."""

    url: str
    token: str
    pid: int


@dataclass(frozen=True, slots=True)
class Operator:
    """A running operator."""

    url: str
    pid: int
    started: float
    """When its start began, by `time.perf_counter`."""

    async def metrics(self) -> Mapping[str, float]:
        """Return its metrics, each summed over all labels; `looks` at Agents and granted `writes` beside them."""
        timeout = aiohttp.ClientTimeout(total=30)
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(f"{self.url}/metrics") as answer:
            text = await answer.text()
        found: defaultdict[str, float] = defaultdict(float)
        for name, labels, value in _METRIC.findall(text):
            found[name] += float(value)
            if name == "vutler_operator_reconcile_duration_seconds_count" and 'kind="Agent"' in labels:
                found["looks"] += float(value)
            if name == "vutler_operator_api_requests_total" and _WRITES.search(labels) and '"leases"' not in labels:
                found["writes"] += float(value)
        return found

    async def settled(self, agents: int, *, seconds: float = 120.0) -> float:
        """Wait until it looked at every Agent and has nothing left to do; return the seconds since its start.

        Raises:
            BenchError: It does not in time.
        """
        deadline = time.perf_counter() + seconds
        while time.perf_counter() < deadline:
            metrics = await self.metrics()
            if metrics["looks"] >= agents and not metrics["vutler_operator_queue_depth"]:
                return time.perf_counter() - self.started
            await asyncio.sleep(_POLL_SECONDS)
        raise BenchError(f"the operator has not settled {agents} agents after {seconds:.0f} s")


@contextlib.contextmanager
def running_router(folder: Path) -> Iterator[Router]:
    """Run the router for the length of the block."""
    port, token = free_port(), secrets.token_hex(32)
    environment = {
        "PYTHONPATH": str(_ROOT / "router"),
        "ROUTER_HOST": "127.0.0.1",
        "ROUTER_PORT": str(port),
        "ROUTER_ADMIN_TOKEN": token,
        "ROUTER_DATA_DIR": str(folder / "router"),
        "MANAGED_LLM_PROVIDER": "echo",
    }
    with running(
        Program("router", [sys.executable, "-m", "vutler_router"], environment, port, "/readyz"), folder
    ) as pid:
        yield Router(f"http://127.0.0.1:{port}", token, pid)


@contextlib.contextmanager
def running_operator(cluster: BenchCluster, router: Router, options: Options, folder: Path) -> Iterator[Operator]:
    """Run the operator for the length of the block; it is ready when the block begins."""
    port = free_port()
    environment = {
        "PYTHONPATH": str(options.source),
        "KUBECONFIG": str(cluster.kubeconfig),
        "ROUTER_URL": router.url,
        "ROUTER_ADMIN_TOKEN": router.token,
        "OPERATOR_PORT": str(port),
        "OPERATOR_NAMESPACE": HOME,
    }
    if options.rollouts is not None:
        environment["OPERATOR_ROLLOUTS"] = str(options.rollouts)
    started = time.perf_counter()
    program = Program("operator", [sys.executable, "-m", "vutler_operator"], environment, port, "/readyz")
    with running(program, folder) as pid:
        yield Operator(f"http://127.0.0.1:{port}", pid, started)
