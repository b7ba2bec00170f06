"""Signs in with the pod's own service account, as Kubernetes mounts it.

`kubernetes.aio` would do this too, for 21 MB of memory and 0.7 s of the start (Python 3.11, kubernetes 37), which a
router with a single kind of request has no use for.
"""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Final, Self

import aiohttp
import orjson
from typing_extensions import override

from vutler_router.cluster.ports import ApiAnswer, ApiRequest, ApiSender
from vutler_router.errors import BrokenFile, ClusterUnavailable

__all__ = ["MOUNTED", "PodAccount", "is_mounted"]

MOUNTED: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount")
"""Where every pod finds its account (Kubernetes, "Accessing the Kubernetes API from a Pod")."""

_TOKEN: Final = "token"  # noqa: S105 - a file's name
_AUTHORITY: Final = "ca.crt"
_TOKEN_SECONDS: Final = 60.0
"""How long a token is used before its file is read again: the kubelet replaces it long before it expires."""

_CONNECTIONS: Final = 16


def is_mounted(folder: Path = MOUNTED) -> bool:
    """Say whether this is a pod with an account."""
    return (folder / _TOKEN).exists()


class PodAccount(ApiSender):
    """A connection to the API server under the pod's account.

    Args:
        url: Of the API server.
        session: Trusts the cluster's authority.
        token_file: Read again while in use.
        clock: Seconds that only grow.
    """

    def __init__(self, url: str, session: aiohttp.ClientSession, token_file: Path, clock: Callable[[], float]) -> None:
        self._url = url
        self._session = session
        self._token_file = token_file
        self._clock = clock
        self._token = ""
        self._read_at: float | None = None

    @classmethod
    @contextlib.asynccontextmanager
    async def opened(
        cls, environ: Mapping[str, str], clock: Callable[[], float], folder: Path = MOUNTED
    ) -> AsyncIterator[Self]:
        """Open for the life of the block; nothing is sent yet.

        Raises:
            BrokenFile: The account is mounted, but cannot be used.
        """
        try:
            trust = ssl.create_default_context(cafile=str(folder / _AUTHORITY))
        except OSError as error:  # ssl.SSLError is one
            raise BrokenFile(f"{folder / _AUTHORITY}: cannot be used ({error.strerror or error})") from None
        connector = aiohttp.TCPConnector(ssl=trust, limit=_CONNECTIONS)
        async with aiohttp.ClientSession(
            connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False
        ) as session:
            yield cls(_address(environ), session, folder / _TOKEN, clock)

    @override
    async def send(self, request: ApiRequest) -> ApiAnswer:
        answer = await self._send(request)
        if answer.status == HTTPStatus.UNAUTHORIZED:
            self._read_at = None  # the token may have been replaced a moment ago
            answer = await self._send(request)
        return answer

    async def _send(self, request: ApiRequest) -> ApiAnswer:
        token = await self._current_token()
        try:
            async with self._session.request(
                request.method,
                f"{self._url}{request.target}",
                data=None if request.body is None else orjson.dumps(request.body),
                headers={**request.headers, "Authorization": f"Bearer {token}"},
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=request.seconds),
            ) as response:
                return ApiAnswer(response.status, await response.read())
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise ClusterUnavailable(f"The Kubernetes API server did not answer ({type(error).__name__}).") from error

    async def _current_token(self) -> str:
        now = self._clock()
        if self._read_at is None or now - self._read_at >= _TOKEN_SECONDS:
            try:
                self._token = (await asyncio.to_thread(self._token_file.read_text, "ascii")).strip()
            except (OSError, UnicodeDecodeError) as error:
                message = f"The router's service account token cannot be read ({type(error).__name__})."
                raise ClusterUnavailable(message) from error
            self._read_at = now
        return self._token


def _address(environ: Mapping[str, str]) -> str:
    """Return where the API server is: Kubernetes tells every container."""
    host = environ.get("KUBERNETES_SERVICE_HOST") or "kubernetes.default.svc"
    port = environ.get("KUBERNETES_SERVICE_PORT") or "443"
    return f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}"
