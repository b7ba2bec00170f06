"""Listens, serves, and stops so that nobody notices: not ready first, then no new connections, then streams end."""

import asyncio
import signal
import socket
from collections.abc import Callable
from types import FrameType
from typing import Final

import uvicorn
from typing_extensions import override

from vutler_router.wire.asgi import App
from vutler_router.wire.corked import CorkedHttpProtocol

__all__ = ["GracefulServer", "listen", "url_of"]

_ANNOUNCED_SECONDS: Final = 1.0
"""How long connections are still taken after the end was announced, for those who have not heard of it yet."""

_BACKLOG: Final = 2048


def listen(host: str, port: int) -> socket.socket:
    """Take the port, before anything expensive is opened.

    Raises:
        OSError: Somebody else has it, or this machine has no such address.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=_BACKLOG)


def url_of(listener: socket.socket) -> str:
    """Return the address that a person on this machine can open."""
    host, port = listener.getsockname()[:2]
    shown = "localhost" if host in {"0.0.0.0", "::"} else f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}"


class GracefulServer(uvicorn.Server):
    """Uvicorn with an announced end.

    Args:
        app: What to serve.
        grace: Seconds that running answers get to finish.
        announce: Called when the end is announced; from then on the process is to call itself not ready.
    """

    def __init__(self, app: App, grace: float, announce: Callable[[], None]) -> None:
        config = uvicorn.Config(
            app,
            http=CorkedHttpProtocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=max(1, round(grace)),
            timeout_keep_alive=75,
        )
        super().__init__(config)
        self._announce = announce
        self._loop: asyncio.AbstractEventLoop | None = None

    async def run_on(self, listener: socket.socket) -> None:
        """Serve until a signal says otherwise."""
        self._loop = asyncio.get_running_loop()
        await self.serve(sockets=[listener])

    @override
    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Announce the end at the first signal; a second one, or Ctrl-C, does not wait."""
        self._announce()
        if sig == signal.SIGINT or self._loop is None or self._ending:
            self.should_exit = True
            return
        self._ending = True
        self._loop.call_soon_threadsafe(self._loop.call_later, _ANNOUNCED_SECONDS, self._stop)

    _ending = False

    def _stop(self) -> None:
        self.should_exit = True
