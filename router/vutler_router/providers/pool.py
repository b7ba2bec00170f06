"""Kept connections to providers, with doubts that aiohttp's own pool does not have.

Both reach into the connector's `_get` and `_conns` (aiohttp 3.14): there is no public hook. Conformance tests fail if a
new version moves them.
"""

import asyncio
import select
from collections.abc import Callable
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final

import aiohttp
from typing_extensions import override

if TYPE_CHECKING:
    from aiohttp.client_reqrep import ClientRequest, ConnectionKey
    from aiohttp.connector import Connection
    from aiohttp.tracing import Trace

__all__ = ["ON_CONNECTED", "PooledConnector"]

ON_CONNECTED: Final[ContextVar[Callable[[], None] | None]] = ContextVar("on_connected", default=None)
"""Told when this task's request has a connection and is about to be written to it."""

_REUSED: Final[ContextVar[bool]] = ContextVar("reused", default=False)


class PooledConnector(aiohttp.TCPConnector):
    """A connector that never hands out a connection on which something came while nobody was asked.

    Such bytes would be read as the next answer, and one caller's answer would go to another.
    """

    @override
    async def _get(self, key: "ConnectionKey", traces: "list[Trace]") -> "Connection | None":
        while (connection := await super()._get(key, traces)) is not None:
            protocol, transport = connection.protocol, connection.transport
            if protocol is not None and transport is not None and not (protocol.should_close or _has_news(transport)):
                break
            connection.close()
        _REUSED.set(connection is not None)
        return connection

    @override
    async def connect(
        self, req: "ClientRequest", traces: "list[Trace]", timeout: aiohttp.ClientTimeout
    ) -> "Connection":
        connection = await super().connect(req, traces, timeout)
        told = ON_CONNECTED.get()
        if told is not None:
            told()
        return connection

    @property
    def last_was_kept(self) -> bool:
        """Whether this task's last request went out on a kept connection, which may have died unseen."""
        return _REUSED.get()

    def drop_kept(self) -> None:
        """Close all connections that are kept: where one died unseen, the others most likely did as well."""
        kept, self._conns = self._conns, type(self._conns)(self._conns.default_factory)
        for connections in kept.values():
            for protocol, _ in connections:
                protocol.close()


def _has_news(transport: asyncio.Transport) -> bool:
    """Whether something waits to be read, bytes or the end; on a connection where nobody was asked both are bad."""
    poll = select.poll()
    poll.register(transport.get_extra_info("socket").fileno(), select.POLLIN)
    return bool(poll.poll(0))
