"""HTTP to providers over pooled connections: the one module that sends requests on the hot path."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Self

import aiohttp
from typing_extensions import override
from yarl import URL

from vutler_router.errors import UpstreamUnavailable
from vutler_router.providers.addresses import GuardedResolver, check_addresses, is_address, parsed_url
from vutler_router.providers.pool import ON_CONNECTED, PooledConnector
from vutler_router.providers.ports import Reply, Timeouts, Transport, UpstreamCall
from vutler_router.settings import AllowedEndpoints

__all__ = ["HttpReply", "HttpTransport"]

_KEEP_ALIVE_SECONDS = 30.0
"""Shorter than what common load balancers keep an idle connection, so that a pooled one is rarely already dead."""

_LAST_BYTES_SECONDS = 0.5
"""How long the formal end of a whole answer is waited for before its connection is given up."""

_ERROR_SECONDS = 5.0
"""How long the words of an error are waited for; its status is known, and somebody else may answer meanwhile."""

_READ_BUFFER = 1 << 18


class HttpReply(Reply):
    """An answer that is still coming over an aiohttp connection."""

    __slots__ = ("_provider", "_response", "headers", "status")

    def __init__(self, provider: str, response: aiohttp.ClientResponse) -> None:
        self._provider = provider
        self._response = response
        self.status = response.status
        self.headers: Mapping[str, str] = response.headers

    @override
    async def piece(self) -> bytes:
        try:
            return await self._response.content.readany()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _unavailable(self._provider, error, self.status) from error

    @override
    async def whole(self, limit: int) -> bytes:
        length = self._response.content_length
        if length is not None and length <= limit and "content-encoding" not in self.headers:
            return await self._rest()
        pieces = []
        size = 0
        while piece := await self.piece():
            size += len(piece)
            if size > limit:
                message = f"{self._provider} sent an answer of more than {limit} bytes."
                raise UpstreamUnavailable(
                    message, provider=self._provider, upstream_status=self.status, code="upstream_too_large"
                )
            pieces.append(piece)
        return b"".join(pieces)

    async def _rest(self) -> bytes:
        """Read a body whose length is known, in one go."""
        try:
            return await self._response.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _unavailable(self._provider, error, self.status) from error

    @override
    async def start(self, limit: int) -> bytes:
        gathered = b""
        with contextlib.suppress(UpstreamUnavailable, TimeoutError):
            async with asyncio.timeout(_ERROR_SECONDS):
                while len(gathered) < limit and (piece := await self.piece()):
                    gathered += piece
        return gathered[:limit]

    @override
    async def finish(self) -> None:
        with contextlib.suppress(UpstreamUnavailable, TimeoutError):
            async with asyncio.timeout(_LAST_BYTES_SECONDS):
                while await self.piece():
                    pass
        self._response.close()

    @override
    def close(self) -> None:
        self._response.close()


class HttpTransport(Transport):
    """Two connection pools: one for the providers the platform knows, one that only reaches allowed addresses.

    Beside them `single`, which keeps no connection.
    """

    def __init__(
        self,
        trusted: aiohttp.ClientSession,
        single: aiohttp.ClientSession,
        guarded: aiohttp.ClientSession,
        allowed: AllowedEndpoints,
        timeouts: Timeouts,
    ) -> None:
        self._trusted = trusted
        self._single = single
        self._guarded = guarded
        self._allowed = allowed
        self._timeouts = timeouts
        self._usual = self._bounded(timeouts.total)

    def _bounded(self, total: float) -> aiohttp.ClientTimeout:
        bounds = self._timeouts
        # `sock_connect` and not `connect`: that one starts a timer for each request, on kept connections, too.
        return aiohttp.ClientTimeout(total=total, sock_connect=bounds.connect, sock_read=bounds.idle)

    @classmethod
    @asynccontextmanager
    async def opened(cls, allowed: AllowedEndpoints, timeouts: Timeouts) -> AsyncIterator[Self]:
        """Open the pools for the life of the block."""
        async with (
            _session(PooledConnector(limit=0, keepalive_timeout=_KEEP_ALIVE_SECONDS)) as trusted,
            _session(PooledConnector(limit=0, force_close=True)) as single,
            _session(
                PooledConnector(limit=0, keepalive_timeout=_KEEP_ALIVE_SECONDS, resolver=GuardedResolver(allowed)),
            ) as guarded,
        ):
            yield cls(trusted, single, guarded, allowed, timeouts)

    @override
    async def send(self, call: UpstreamCall) -> Reply:
        url = parsed_url(call.url)
        if call.guarded:
            self._check_literal(url)
        session = self._session_of(call)
        ON_CONNECTED.set(call.on_sent)
        try:
            response = await self._request(session, call, url)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise _unavailable(call.provider, error) from error
        return HttpReply(call.provider, response)

    def _session_of(self, call: UpstreamCall) -> aiohttp.ClientSession:
        if call.guarded:
            return self._guarded
        return self._trusted if call.reuse else self._single

    async def _request(self, session: aiohttp.ClientSession, call: UpstreamCall, url: URL) -> aiohttp.ClientResponse:
        """Send, and once more on a new connection where a kept one was dead before a word of an answer."""
        try:
            return await self._request_once(session, call, url)
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
            connector = session.connector
            if not isinstance(connector, PooledConnector) or not connector.last_was_kept:
                raise
            connector.drop_kept()
        return await self._request_once(session, call, url)

    async def _request_once(
        self, session: aiohttp.ClientSession, call: UpstreamCall, url: URL
    ) -> aiohttp.ClientResponse:
        return await session.request(
            call.method,
            url,
            data=call.body or None,
            headers=call.headers,
            allow_redirects=False,
            timeout=self._usual if call.seconds is None else self._bounded(call.seconds),
        )

    def _check_literal(self, url: URL) -> None:
        """Check a host that is an address: the connection pool resolves only names."""
        host = url.raw_host or ""
        if is_address(host):
            check_addresses(self._allowed, host, [host])


def _session(connector: aiohttp.TCPConnector) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        read_bufsize=_READ_BUFFER,
        trust_env=False,
    )


def _unavailable(provider: str, error: Exception, status: int | None = None) -> UpstreamUnavailable:
    """Say what happened without repeating an address or a header."""
    if isinstance(error, aiohttp.SocketTimeoutError | TimeoutError | asyncio.TimeoutError):
        message, code = f"{provider} did not answer in time.", "upstream_timeout"
    elif isinstance(error, aiohttp.ClientConnectorError):
        message, code = f"{provider} could not be reached.", "upstream_unreachable"
    else:
        message, code = f"The connection to {provider} broke.", "upstream_broken"
    return UpstreamUnavailable(message, provider=provider, upstream_status=status, code=code)
