"""The real router as a process of its own: it may be ended, and started again with or without what it knew."""

import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.operator.api.operator_process import ROOT, TOKEN, eventually
from tests.support.mongo import free_port

_START_SECONDS = 60


@dataclass(slots=True)
class RealRouter:
    """A router on a port that stays the same over its starts."""

    folder: Path
    port: int = 0
    starts: int = 0
    process: subprocess.Popen[str] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        self.port = free_port()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, *, empty: bool = False) -> None:
        """Start it and wait until it is ready; `empty`: with a database in which nothing is."""
        self.starts += empty
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT / "router"),
            "ROUTER_HOST": "127.0.0.1",
            "ROUTER_PORT": str(self.port),
            "ROUTER_ADMIN_TOKEN": TOKEN,
            "ROUTER_DATA_DIR": str(self.folder / f"data-{self.starts}"),
            "ROUTER_CLUSTER": "off",
        }
        with (self.folder / "router.log").open("a") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "vutler_router"],
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
            )
        eventually(self._is_ready, "a router that is ready", seconds=_START_SECONDS)

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            finally:
                self.process.kill()
                self.process.wait()
                self.process = None

    def agents(self) -> dict[str, dict[str, Any]]:
        """Return all agents that it knows."""
        page = self.call("GET", "/api/v1/agents?limit=500")
        return {agent["id"]: agent for agent in page["agents"]}

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Ask it something as its administrator."""
        headers = {"Authorization": f"Bearer {TOKEN}"}
        answer = httpx.request(method, f"{self.url}{path}", json=body, headers=headers, trust_env=False)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def _is_ready(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, (self.folder / "router.log").read_text()[-2000:]
        try:
            return httpx.get(f"{self.url}/readyz", trust_env=False).is_success
        except httpx.TransportError:
            return False
