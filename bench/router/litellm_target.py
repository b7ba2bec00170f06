"""LiteLLM's proxy: one worker, one OpenAI-compatible model, no database, telemetry off."""

import contextlib
import json
import secrets
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from bench.router.installing import install
from bench.router.peers import Peer
from bench.router.processes import Program, free_port, running
from bench.router.targets import Target
from bench.router.workload import MODEL, Address

__all__ = ["litellm_target"]

_START_SECONDS: Final = 120.0


def _commands(peer: Peer, folder: Path) -> Sequence[Sequence[str]]:
    uv = [sys.executable, "-m", "uv"]
    environment = folder / "venv"
    return (
        [*uv, "venv", "--quiet", "--python", sys.executable, str(environment)],
        [*uv, "pip", "install", "--python", str(environment), f"litellm[proxy]=={peer.version}"],
    )


@contextlib.contextmanager
def litellm_target(peer: Peer, upstream: Target, folder: Path) -> Iterator[Target]:
    """Run the proxy for the length of the block, installing it first where that is needed."""
    installed = install(peer, lambda where: _commands(peer, where))
    port = free_port()
    parameters = {"model": f"openai/{MODEL}", "api_base": upstream.address.url, "api_key": "sk-bench-0123456789"}
    config = folder / "litellm.json"
    config.write_text(json.dumps({"model_list": [{"model_name": MODEL, "litellm_params": parameters}]}))
    command = [
        *(str(installed / "venv" / "bin" / "litellm"), "--config", str(config)),
        *("--host", "127.0.0.1", "--port", str(port), "--num_workers", "1", "--telemetry", "False"),
    ]
    key = f"sk-{secrets.token_hex(16)}"
    # It does not start without a master key, and takes prices from the package rather than from the network.
    environment = {"LITELLM_MASTER_KEY": key, "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    program = Program(peer.name, command, environment, port, "/health/liveliness", _START_SECONDS)
    headers = {"authorization": f"Bearer {key}"}
    with running(program, folder) as pid:
        yield Target(peer.name, peer.version, Address(f"http://127.0.0.1:{port}/v1", headers), pid)
