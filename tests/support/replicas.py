"""Several routers, each a process of its own, on one database and one scripted provider."""

import base64
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from tests.support.mongo import free_port
from tests.support.router_program import RouterProgram, router_program
from tests.support.scripted_upstream import ScriptedUpstream

ENCRYPTION_KEY = base64.b64encode(os.urandom(32)).decode()


class Replicas:
    """Starts routers."""

    def __init__(self, folder: Path, database: str, upstream: ScriptedUpstream) -> None:
        self._folder = folder
        self._environment = {
            "DATABASE_URL": database,
            "LLM_ENCRYPTION_KEY": ENCRYPTION_KEY,
            "PROVIDER_URL_OPENAI": upstream.url,
        }

    @asynccontextmanager
    async def program(self, name: str, **environment: str) -> AsyncIterator[RouterProgram]:
        """Start one; it is killed at the end of the block."""
        folder = self._folder / name
        folder.mkdir()
        async with router_program(folder, free_port(), **self._environment, **environment) as program:
            yield program

    @asynccontextmanager
    async def started(self, name: str, **environment: str) -> AsyncIterator[httpx.AsyncClient]:
        """Start one and return a client of it."""
        async with (
            self.program(name, **environment) as program,
            httpx.AsyncClient(base_url=program.url, timeout=15) as http,
        ):
            yield http
