"""The router as its own process, started like a person or a pod starts it."""

import asyncio
import contextlib
import os
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.support.running_router import ADMIN_TOKEN

ROUTER = Path(__file__).resolve().parents[2] / "router"
_READY_SECONDS = 60.0
_END_SECONDS = 20.0


@dataclass
class RouterProgram:
    """A started router and where its output goes."""

    process: Process
    url: str
    log: Path

    async def ready(self) -> None:
        """Wait until it answers that it is ready."""
        async with asyncio.timeout(_READY_SECONDS), httpx.AsyncClient() as http:
            while True:
                with contextlib.suppress(httpx.TransportError):
                    if (await http.get(f"{self.url}/readyz")).status_code == httpx.codes.OK:
                        return
                assert self.process.returncode is None, self.log.read_text()
                await asyncio.sleep(0.05)

    async def end(self) -> int:
        """Wait for its end and return the exit code."""
        async with asyncio.timeout(_END_SECONDS):
            return await self.process.wait()


async def run_to_end(*arguments: str, **environment: str) -> tuple[int, str]:
    """Run the router until it stops by itself; return exit code and everything it said."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "vutler_router", *arguments, env=_environment(environment), stdout=PIPE, stderr=STDOUT
    )
    try:
        async with asyncio.timeout(_READY_SECONDS):
            said, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return process.returncode or 0, said.decode()


@contextlib.asynccontextmanager
async def router_program(folder: Path, port: int, **environment: str) -> AsyncIterator[RouterProgram]:
    """Start a router on this port; whatever is left of it is killed at the end of the block."""
    log = folder / "router.log"
    variables = {
        "ROUTER_HOST": "127.0.0.1",
        "ROUTER_PORT": str(port),
        "ROUTER_ADMIN_TOKEN": ADMIN_TOKEN,
        "ROUTER_DATA_DIR": str(folder / "data"),
        "ROUTER_CLUSTER": "off",
    }
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "vutler_router",
            env=_environment(variables | environment),
            stdout=output,
            stderr=STDOUT,
        )
    program = RouterProgram(process, f"http://127.0.0.1:{port}", log)
    try:
        await program.ready()
        yield program
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def _environment(variables: dict[str, str]) -> dict[str, str]:
    """Add the least that a Python program needs; an empty value takes a variable away."""
    kept = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROUTER)}
    return kept | {name: value for name, value in variables.items() if value}
