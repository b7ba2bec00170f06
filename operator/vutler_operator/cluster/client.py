"""Sends requests to the API server and turns its refusals into our errors."""

import asyncio
import os
import ssl
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final, Protocol, Self, cast
from urllib.parse import urlencode

import aiohttp
import orjson
from kubernetes.aio import config
from kubernetes.aio.client import ApiClient, Configuration
from kubernetes.aio.config import ConfigException
from prometheus_client import Counter, Histogram

from vutler_operator.cluster.permissions import Verb, is_permitted
from vutler_operator.errors import ClusterError, Conflict, Expired, Forbidden, NotFound
from vutler_operator.resources.objects import SECRET, Kind, Manifest, ObjectRef
from vutler_operator.secrecy import hide, secrets_in
from vutler_operator.settings import SettingsError

__all__ = ["Client", "Transport", "own_namespace"]

_METHODS: Final[dict[Verb, str]] = {"create": "POST", "get": "GET", "list": "GET", "patch": "PATCH"}
_WRITING: Final[frozenset[Verb]] = frozenset({"create", "patch"})
_TIMEOUT_SECONDS: Final = 15.0
_REQUESTS: Final = 56
"""At once: one for each reconcile that runs, and some to spare; each connection costs a handshake."""
_NO_SECOND_TIMEOUT: Final = aiohttp.ClientTimeout(total=None)
_WATCH_TIMEOUT: Final = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=150)
"""A bookmark comes about once a minute where nothing else does: a connection that is silent for longer is dead."""
_SERVICE_ACCOUNT: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount")


class Transport(Protocol):
    """What the rest of the package needs: one permitted request, its JSON answer."""

    async def request(
        self,
        verb: Verb,
        kind: Kind,
        ref: ObjectRef,
        *,
        subresource: str = "",
        query: Mapping[str, str] | None = None,
        body: Any = None,
        content_type: str = "application/json",
    ) -> Manifest:
        """Send one request; an empty name in `ref` means the collection, an empty namespace all of them."""
        ...

    def watch(self, kind: Kind, ref: ObjectRef, query: Mapping[str, str]) -> AsyncGenerator[Manifest, None]:
        """Yield the events of a collection until the server ends the watch."""
        ...


class _Rest(Protocol):
    ssl_context: ssl.SSLContext


class _Configuration(Protocol):
    host: str
    proxy: str | None
    tls_server_name: str | None

    async def auth_settings(self) -> Mapping[str, Mapping[str, str]]: ...


class _Api(Protocol):
    """What is used of the Kubernetes client, which has no types of its own here: where the cluster is, how to sign in.

    Its own way to send a request takes more of the processor than all the rest of a reconcile.
    """

    configuration: _Configuration
    rest_client: _Rest

    async def close(self) -> None: ...


_use_pod_account: Final[Callable[..., None]] = config.load_incluster_config
_use_kubeconfig: Final[Callable[..., Awaitable[object]]] = config.load_kube_config


class Client:
    """A connection to the API server, found as kubectl finds it."""

    def __init__(
        self,
        api: _Api,
        count: Counter,
        may_write: Callable[[], None] = lambda: None,
        seconds: Histogram | None = None,
    ) -> None:
        self._api = api
        self._slots = asyncio.Semaphore(_REQUESTS)
        # The slots bound the requests; a bound on connections would let watches, which hold theirs, keep requests out.
        connector = aiohttp.TCPConnector(ssl=api.rest_client.ssl_context, limit=0)
        # Reading ~/.netrc and proxy variables before each request costs more than the request.
        self._session = aiohttp.ClientSession(connector=connector, trust_env=False)
        self._count = count
        self._seconds = seconds
        self._may_write = may_write

    @classmethod
    async def connect(
        cls, count: Counter, may_write: Callable[[], None] = lambda: None, seconds: Histogram | None = None
    ) -> Self:
        """Sign in with `KUBECONFIG` if it is set, else with the pod's own account.

        Args:
            count: counts requests by verb, resource and HTTP status.
            may_write: called right before a request that changes something is sent; what it raises stops the request.
            seconds: times requests by verb and resource.

        Raises:
            SettingsError: neither is there or usable.
        """
        configuration = Configuration()
        try:
            if _is_in_pod():
                _use_pod_account(client_configuration=configuration)
            else:
                await _use_kubeconfig(client_configuration=configuration, persist_config=False)
        except (ConfigException, OSError) as error:
            raise SettingsError(f"KUBECONFIG: no usable cluster configuration ({error})") from error
        return cls(cast("_Api", ApiClient(configuration)), count, may_write, seconds)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._session.close()
        await self._api.close()

    async def request(
        self,
        verb: Verb,
        kind: Kind,
        ref: ObjectRef,
        *,
        subresource: str = "",
        query: Mapping[str, str] | None = None,
        body: Any = None,
        content_type: str = "application/json",
    ) -> Manifest:
        """Send one request.

        Raises:
            ClusterError: refused, unreachable or too slow; see the tree in `errors`.
            LeadershipLost: it would change something, and this operator may not.
        """
        if not is_permitted(verb, kind, subresource):
            raise Forbidden(f"{verb} of {kind.plural} is not among the operator's permissions", 403)
        url = self._api.configuration.host + _path(kind, ref, subresource) + (f"?{urlencode(query)}" if query else "")
        content = None if body is None else orjson.dumps(body)
        headers = {"Accept": "application/json", "Content-Type": content_type, **await self._signature()}
        async with self._slots:
            if verb in _WRITING:
                self._may_write()
            status, found = await self._send(verb, kind, subresource, url, headers, content)
        return _judge(status, found, ref, body if kind is SECRET else None)

    async def watch(self, kind: Kind, ref: ObjectRef, query: Mapping[str, str]) -> AsyncGenerator[Manifest, None]:
        """Yield the events of a collection until the server ends the watch.

        Raises:
            Expired: the server does not remember the version to begin with.
            ClusterError: refused, unreachable or cut off.
        """
        if not is_permitted("watch", kind):
            raise Forbidden(f"watch of {kind.plural} is not among the operator's permissions", 403)
        configuration = self._api.configuration
        url = f"{configuration.host}{_path(kind, ref, '')}?{urlencode({'watch': '1', **query})}"
        headers = {"Accept": "application/json", **await self._signature()}
        try:
            async with self._session.get(
                url,
                headers=headers,
                proxy=configuration.proxy,
                server_hostname=configuration.tls_server_name,
                timeout=_WATCH_TIMEOUT,
            ) as answer:
                if answer.status >= HTTPStatus.MULTIPLE_CHOICES:
                    _judge(answer.status, await answer.read(), ref, None)
                async with aclosing(_lines(answer)) as lines:
                    async for line in lines:
                        event = orjson.loads(line)
                        if event["type"] == "ERROR":
                            _judge(int(event["object"].get("code") or 500), orjson.dumps(event["object"]), ref, None)
                        yield event
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise ClusterError(f"the watch of {kind.plural} broke: {type(error).__name__} {error}") from error

    async def _send(
        self, verb: Verb, kind: Kind, subresource: str, url: str, headers: Mapping[str, str], content: bytes | None
    ) -> tuple[int, bytes]:
        """Send a request and return its answer's status and content; count and time it."""
        status, started = "none", time.perf_counter()
        configuration = self._api.configuration
        try:
            async with (
                asyncio.timeout(_TIMEOUT_SECONDS),
                self._session.request(
                    _METHODS[verb],
                    url,
                    headers=headers,
                    data=content,
                    proxy=configuration.proxy,
                    server_hostname=configuration.tls_server_name,
                    timeout=_NO_SECOND_TIMEOUT,
                ) as answer,
            ):
                found = await answer.read()
                status = str(answer.status)
                return answer.status, found
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise ClusterError(f"the API server did not answer: {type(error).__name__} {error}") from error
        finally:
            self._note(verb, f"{kind.plural}/{subresource}" if subresource else kind.plural, status, started)

    async def _signature(self) -> dict[str, str]:
        """Return the header that signs a request; a token that is about to run out is read again."""
        return {found["key"]: found["value"] for found in (await self._api.configuration.auth_settings()).values()}

    def _note(self, verb: Verb, resource: str, status: str, started: float) -> None:
        self._count.labels(verb, resource, status).inc()
        if self._seconds is not None:
            self._seconds.labels(verb, resource).observe(time.perf_counter() - started)


async def _lines(answer: aiohttp.ClientResponse) -> AsyncGenerator[bytes, None]:
    """Yield whole lines, however the network cut them."""
    rest: list[bytes] = []
    async for chunk in answer.content.iter_any():
        first, *others = chunk.split(b"\n")
        rest.append(first)
        for following in others:
            line = b"".join(rest)
            if line:
                yield line
            rest = [following]


def own_namespace(account: Path = _SERVICE_ACCOUNT) -> str:
    """Return the namespace of the pod whose account is used; outside of one `default`, which every cluster has."""
    return (account / "namespace").read_text().strip() if _is_in_pod(account) else "default"


def _is_in_pod(account: Path = _SERVICE_ACCOUNT) -> bool:
    return (account / "token").exists() and not os.environ.get("KUBECONFIG")


def _path(kind: Kind, ref: ObjectRef, subresource: str) -> str:
    root = f"/apis/{kind.group}/{kind.version}" if kind.group else f"/api/{kind.version}"
    place = f"/namespaces/{ref.namespace}" if ref.namespace else ""
    name = f"/{ref.name}" if ref.name else ""
    return f"{root}{place}/{kind.plural}{name}" + (f"/{subresource}" if subresource else "")


def _judge(status: int, content: bytes, ref: ObjectRef, secret: object) -> Manifest:
    try:
        answer = orjson.loads(content)
    except ValueError:
        answer = {}
    if not isinstance(answer, dict):
        answer = {}
    if status < HTTPStatus.MULTIPLE_CHOICES:
        return answer
    words = answer.get("message") or f"the API server answered {status}"
    message = hide(f"{ref}: {words}", secrets_in(secret))
    match status:
        case HTTPStatus.NOT_FOUND:
            raise NotFound(message, status)
        case HTTPStatus.CONFLICT:
            raise Conflict(message, status)
        case HTTPStatus.GONE:
            raise Expired(message, status)
        case HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN:
            raise Forbidden(message, status)
        case _:
            raise ClusterError(message, status)
