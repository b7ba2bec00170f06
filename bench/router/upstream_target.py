"""The direct connection: the upstream as a process of its own."""

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

from bench.router.processes import Program, free_port, running
from bench.router.targets import DIRECT, Target
from bench.router.workload import Address

__all__ = ["upstream_target"]

_ROOT = Path(__file__).resolve().parents[2]


@contextlib.contextmanager
def upstream_target(folder: Path) -> Iterator[Target]:
    """Run the upstream for the length of the block."""
    port = free_port()
    command = [sys.executable, "-m", "bench.router.upstream", "--port", str(port)]
    program = Program("upstream", command, {"PYTHONPATH": str(_ROOT)}, port, "/")
    with running(program, folder) as pid:
        yield Target(DIRECT, "bench.router.upstream", Address(f"http://127.0.0.1:{port}/v1", {}), pid)
