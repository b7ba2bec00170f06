"""The router under measurement: authentication and metering on, rows in an SQLite file."""

import contextlib
import http.client
import json
import secrets
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.router.errors import BenchError
from bench.router.processes import Program, free_port, running
from bench.router.targets import ROUTER, Target
from bench.router.workload import MODEL, Address

__all__ = ["database_of", "router_target"]

_ROOT: Final = Path(__file__).resolve().parents[2]
_AGENT: Final = "bench.agent"
_CALL_SECONDS: Final = 10.0


def database_of(folder: Path) -> Path:
    """Return where the router keeps its rows."""
    return folder / "data" / "vutler.db"


@contextlib.contextmanager
def router_target(upstream: Target, folder: Path, command: Sequence[str], version: str) -> Iterator[Target]:
    """Run the router with one agent whose provider is the upstream; an empty command means the one of this folder."""
    port, admin = free_port(), secrets.token_hex(32)
    environment = {
        "PYTHONPATH": str(_ROOT / "router"),
        "ROUTER_HOST": "127.0.0.1",
        "ROUTER_PORT": str(port),
        "ROUTER_ADMIN_TOKEN": admin,
        "ROUTER_DATA_DIR": str(database_of(folder).parent),
        "PROVIDER_URL_OPENAI": upstream.address.url,
    }
    started = command or [sys.executable, "-m", "vutler_router"]
    with running(Program(ROUTER, started, environment, port, "/readyz"), folder) as pid:
        api = _Api(port, admin)
        token = api.call("POST", "/api/v1/agents", {"id": _AGENT, "display_name": "Bench"})["token"]
        settings = {"provider": "openai", "model": MODEL, "api_key": "sk-bench-0123456789"}
        api.call("PUT", f"/api/v1/agents/{_AGENT}/llm-config", settings)
        headers = {"authorization": f"Bearer {token}"}
        yield Target(ROUTER, version, Address(f"http://127.0.0.1:{port}/v1", headers), pid)


@dataclass(frozen=True, slots=True)
class _Api:
    """The router's management interface."""

    port: int
    token: str

    def call(self, method: str, path: str, body: dict[str, str]) -> dict[str, object]:
        """Send JSON and return the decoded answer.

        Raises:
            BenchError: The router refused.
        """
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_CALL_SECONDS)
        headers = {"authorization": f"Bearer {self.token}", "content-type": "application/json"}
        with contextlib.closing(connection):
            connection.request(method, path, json.dumps(body), headers)
            response = connection.getresponse()
            text = response.read()
        if response.status >= http.client.BAD_REQUEST:
            raise BenchError(f"the router answered {method} {path} with {response.status}: {text.decode()}")
        answer: dict[str, object] = json.loads(text)
        return answer
