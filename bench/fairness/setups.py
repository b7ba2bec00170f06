"""What is compared: turns between agents, one line for all, no turns at all; each a router with its own provider."""

import contextlib
import http.client
import json
import secrets
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final, assert_never

from bench.fairness.options import Options
from bench.router.errors import BenchError
from bench.router.processes import Program, free_port, running
from bench.router.workload import MODEL

__all__ = ["AGENTS", "QUIET", "Running", "Setup", "started"]

QUIET: Final = "quiet"
AGENTS: Final = ("noisy-1", "noisy-2", QUIET)

_ROOT: Final = Path(__file__).resolve().parents[2]
_CALL_SECONDS: Final = 10.0
_KEY: Final = "sk-bench-0123456789"
_PLAN: Final = {
    "id": "bench",
    "name": "Bench",
    "price_monthly": 5,
    "included_tokens": 1_000_000,
    "overage_per_million": 2,
    "models": [f"openai/{MODEL}"],
}


class Setup(StrEnum):
    """How the agents come to the key."""

    TURNS = "turns between agents (managed key)"
    ONE_LINE = "one line for all (the three as one agent)"
    NO_TURNS = "no turns (the key as everybody's own)"


@dataclass(frozen=True, slots=True)
class Running:
    """A router that serves.

    Attributes:
        url: Where chat completions are asked for.
        tokens: Every agent's token; the same one where they are one agent.
    """

    url: str
    tokens: Mapping[str, str]


@contextlib.contextmanager
def started(setup: Setup, options: Options, folder: Path) -> Iterator[Running]:
    """Run a provider and a router for the length of the block.

    Raises:
        BenchError: One of them does not start.
    """
    folder.mkdir()
    tiers = folder / "tiers.json"
    tiers.write_text(json.dumps({"tiers": [_PLAN]}))
    upstream, port, admin = free_port(), free_port(), secrets.token_hex(32)
    command = [sys.executable, "-m", "bench.fairness.upstream", "--port", str(upstream), "--rpm", str(options.rpm)]
    environment = {
        "PYTHONPATH": str(_ROOT / "router"),
        "ROUTER_HOST": "127.0.0.1",
        "ROUTER_PORT": str(port),
        "ROUTER_ADMIN_TOKEN": admin,
        "ROUTER_DATA_DIR": str(folder / "data"),
        "ROUTER_LOG_LEVEL": "error",
        "PROVIDER_URL_OPENAI": f"http://127.0.0.1:{upstream}/v1",
        "MANAGED_LLM_KEY_OPENAI": _KEY,
        "MANAGED_LLM_RPM_OPENAI": str(options.rpm),
        "TIERS_FILE": str(tiers),
    }
    provider = Program("upstream", command, {"PYTHONPATH": str(_ROOT)}, upstream, "/")
    router = Program("router", [sys.executable, "-m", "vutler_router"], environment, port, "/readyz")
    with running(provider, folder), running(router, folder):
        yield Running(f"http://127.0.0.1:{port}/v1/chat/completions", _agents(setup, port, admin))


def _agents(setup: Setup, port: int, admin: str) -> Mapping[str, str]:
    match setup:
        case Setup.TURNS:
            return {name: _agent(port, admin, name, {"managed": True, "tier": "bench"}) for name in AGENTS}
        case Setup.ONE_LINE:
            return dict.fromkeys(AGENTS, _agent(port, admin, "all", {"managed": True, "tier": "bench"}))
        case Setup.NO_TURNS:
            own: dict[str, object] = {"provider": "openai", "model": MODEL, "api_key": _KEY}
            return {name: _agent(port, admin, name, own) for name in AGENTS}
        case _:
            assert_never(setup)


def _agent(port: int, admin: str, name: str, llm: Mapping[str, object]) -> str:
    """Create an agent and return its token."""
    agent = f"bench.{name}"
    token = _call(port, admin, "POST", "/api/v1/agents", {"id": agent})["token"]
    _call(port, admin, "PUT", f"/api/v1/agents/{agent}/llm-config", llm)
    return str(token)


def _call(port: int, admin: str, method: str, path: str, body: Mapping[str, object]) -> dict[str, object]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_CALL_SECONDS)
    headers = {"authorization": f"Bearer {admin}", "content-type": "application/json"}
    with contextlib.closing(connection):
        connection.request(method, path, json.dumps(body), headers)
        response = connection.getresponse()
        text = response.read()
    if response.status >= http.client.BAD_REQUEST:
        raise BenchError(f"the router answered {method} {path} with {response.status}: {text.decode()}")
    answer: dict[str, object] = json.loads(text)
    return answer
