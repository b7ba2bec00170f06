"""Portkey's gateway on the machine's Node, headless; the caller's headers say where requests go."""

import contextlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from bench.router.installing import install
from bench.router.peers import Peer
from bench.router.processes import Program, free_port, running
from bench.router.targets import Target
from bench.router.workload import Address

__all__ = ["portkey_target"]

_PACKAGE: Final = "@portkey-ai/gateway"

_SERVER: Final = {"@hono/node-server": "1.13.5"}
"""The one in Portkey's own lock file; with later ones every stream is answered with 500 (its issue 1389)."""


def _commands(peer: Peer, folder: Path) -> Sequence[Sequence[str]]:
    manifest = {"private": True, "dependencies": {_PACKAGE: peer.version}, "overrides": _SERVER}
    (folder / "package.json").write_text(json.dumps(manifest))
    # Its only install script looks for patches that the published package does not carry.
    return (["npm", "install", "--prefix", str(folder), "--ignore-scripts", "--no-audit", "--no-fund"],)


@contextlib.contextmanager
def portkey_target(peer: Peer, upstream: Target, folder: Path) -> Iterator[Target]:
    """Run the gateway for the length of the block, installing it first where that is needed."""
    installed = install(peer, lambda where: _commands(peer, where))
    port = free_port()
    script = installed / "node_modules" / _PACKAGE / "build" / "start-server.js"
    program = Program(peer.name, ["node", str(script), f"--port={port}", "--headless"], {}, port, "/")
    headers = {
        "authorization": "Bearer sk-bench-0123456789",
        "x-portkey-provider": "openai",
        "x-portkey-custom-host": upstream.address.url,
    }
    with running(program, folder) as pid:
        yield Target(peer.name, peer.version, Address(f"http://127.0.0.1:{port}/v1", headers), pid)
