"""The administrator's way to the API server: writes many at once, and watches."""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Iterable, Mapping
from typing import Any, Final, Self

import aiohttp
import orjson

from bench.operator.cluster import BenchCluster
from bench.router.errors import BenchError

__all__ = ["Api", "Manifest", "together"]

Manifest = dict[str, Any]

_WRITERS: Final = 16
"""Writes at once: enough to keep an API server on two cores busy, and few enough not to queue in it."""
_SECONDS: Final = 60.0
_WATCH_SECONDS: Final = 3600
_OK: Final = 300


class Api:
    """One session with the API server."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._url = url
        self._gate = asyncio.Semaphore(_WRITERS)

    @classmethod
    def connect(cls, cluster: BenchCluster) -> Self:
        """Sign in with the administrator's certificate."""
        tls = ssl.create_default_context(cafile=str(cluster.authority))
        tls.load_cert_chain(cluster.admin.certificate, cluster.admin.key)
        connector = aiohttp.TCPConnector(ssl=tls, limit=0)
        return cls(aiohttp.ClientSession(connector=connector), cluster.url)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._session.close()

    async def get(self, path: str, query: Mapping[str, str] | None = None) -> Manifest:
        """Read an object or a list."""
        return await self._call("GET", path, query=query)

    async def create(self, path: str, obj: Manifest) -> float:
        """Create an object in a collection, not more than a few at once; return when it was sent."""
        async with self._gate:
            sent = time.perf_counter()
            await self._call("POST", path, obj)
            return sent

    async def merge(self, path: str, change: Manifest) -> Manifest:
        """Change an object by a merge patch; not more than a few at once."""
        async with self._gate:
            return await self._call("PATCH", path, change, "application/merge-patch+json")

    async def delete(self, path: str) -> None:
        """Delete an object."""
        await self._call("DELETE", path)

    async def watch(self, path: str, version: str) -> AsyncIterator[Manifest]:
        """Yield the events of a collection from a version on, for as long as the server keeps the watch."""
        query = {"watch": "1", "resourceVersion": version, "timeoutSeconds": str(_WATCH_SECONDS)}
        timeout = aiohttp.ClientTimeout(total=None)
        async with self._session.get(f"{self._url}{path}", params=query, timeout=timeout) as answer:
            rest = b""
            async for chunk in answer.content.iter_any():
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    yield orjson.loads(line)

    async def _call(
        self,
        method: str,
        path: str,
        body: Manifest | None = None,
        content_type: str = "application/json",
        *,
        query: Mapping[str, str] | None = None,
    ) -> Manifest:
        content = None if body is None else orjson.dumps(body)
        headers = {"Content-Type": content_type}
        timeout = aiohttp.ClientTimeout(total=_SECONDS)
        url = f"{self._url}{path}"
        async with self._session.request(
            method, url, data=content, headers=headers, params=query, timeout=timeout
        ) as answer:
            found = await answer.read()
        if answer.status >= _OK:
            raise BenchError(f"{method} {path}: {answer.status} {found[:300]!r}")
        decoded: Manifest = orjson.loads(found)
        return decoded


async def together(work: Iterable[Awaitable[object]]) -> None:
    """Do many things at once; the first failure is raised."""
    await asyncio.gather(*work)
