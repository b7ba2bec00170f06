"""Sends requests to the API server and turns its refusals into our errors."""

import asyncio
import json
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final, Protocol, Self, cast
from urllib.parse import urlencode

import aiohttp
from kubernetes.aio import config
from kubernetes.aio.client import ApiClient, Configuration
from kubernetes.aio.config import ConfigException
from prometheus_client import Counter

from vutler_operator.cluster.permissions import Verb, is_permitted
from vutler_operator.errors import ClusterError, Conflict, Forbidden, NotFound
from vutler_operator.resources.objects import Kind, Manifest, ObjectRef
from vutler_operator.settings import SettingsError

__all__ = ["Client", "Transport"]

_METHODS: Final[dict[Verb, str]] = {"create": "POST", "get": "GET", "list": "GET", "patch": "PATCH"}
_TIMEOUT_SECONDS: Final = 15.0
_SERVICE_ACCOUNT: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount/token")


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


class _Answer(Protocol):
    status: int

    async def read(self) -> bytes: ...


class _Rest(Protocol):
    async def request(self, method: str, url: str, *, headers: Mapping[str, str], body: Any) -> _Answer: ...


class _Api(Protocol):
    """What is used of the Kubernetes client, which has no types of its own here."""

    rest_client: _Rest

    async def param_serialize(
        self, method: str, resource_path: str, *, header_params: Mapping[str, str], auth_settings: Sequence[str]
    ) -> tuple[str, str, Mapping[str, str], Any, Any]: ...

    async def close(self) -> None: ...


_use_pod_account: Final[Callable[..., None]] = config.load_incluster_config
_use_kubeconfig: Final[Callable[..., Awaitable[object]]] = config.load_kube_config


class Client:
    """A connection to the API server, found as kubectl finds it."""

    def __init__(self, api: _Api, count: Counter) -> None:
        self._api = api
        self._count = count

    @classmethod
    async def connect(cls, count: Counter) -> Self:
        """Sign in with `KUBECONFIG` if it is set, else with the pod's own account.

        Args:
            count: counts requests by verb, resource and HTTP status.

        Raises:
            SettingsError: neither is there or usable.
        """
        configuration = Configuration()
        try:
            if _SERVICE_ACCOUNT.exists() and not os.environ.get("KUBECONFIG"):
                _use_pod_account(client_configuration=configuration)
            else:
                await _use_kubeconfig(client_configuration=configuration, persist_config=False)
        except (ConfigException, OSError) as error:
            raise SettingsError(f"KUBECONFIG: no usable cluster configuration ({error})") from error
        # Reading ~/.netrc and proxy variables before each request costs more than the request.
        configuration.client_session_kwargs = {"trust_env": False}
        return cls(cast("_Api", ApiClient(configuration)), count)

    async def aclose(self) -> None:
        """Close all connections."""
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
        """
        if not is_permitted(verb, kind, subresource):
            raise Forbidden(f"{verb} of {kind.plural} is not among the operator's permissions", 403)
        path = _path(kind, ref, subresource) + (f"?{urlencode(query)}" if query else "")
        headers = {"Accept": "application/json", "Content-Type": content_type}
        method, url, signed, _, _ = await self._api.param_serialize(
            _METHODS[verb], path, header_params=headers, auth_settings=["BearerToken"]
        )
        try:
            async with asyncio.timeout(_TIMEOUT_SECONDS):
                answer = await self._api.rest_client.request(method, url, headers=dict(signed), body=body)
                content = await answer.read()
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise ClusterError(f"the API server did not answer: {type(error).__name__} {error}") from error
        resource = f"{kind.plural}/{subresource}" if subresource else kind.plural
        self._count.labels(verb, resource, str(answer.status)).inc()
        return _judge(answer.status, content, ref)


def _path(kind: Kind, ref: ObjectRef, subresource: str) -> str:
    root = f"/apis/{kind.group}/{kind.version}" if kind.group else f"/api/{kind.version}"
    place = f"/namespaces/{ref.namespace}" if ref.namespace else ""
    name = f"/{ref.name}" if ref.name else ""
    return f"{root}{place}/{kind.plural}{name}" + (f"/{subresource}" if subresource else "")


def _judge(status: int, content: bytes, ref: ObjectRef) -> Manifest:
    try:
        answer = json.loads(content)
    except ValueError:
        answer = {}
    if not isinstance(answer, dict):
        answer = {}
    if status < HTTPStatus.MULTIPLE_CHOICES:
        return answer
    message = f"{ref}: {answer.get('message') or f'the API server answered {status}'}"
    match status:
        case HTTPStatus.NOT_FOUND:
            raise NotFound(message, status)
        case HTTPStatus.CONFLICT:
            raise Conflict(message, status)
        case HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN:
            raise Forbidden(message, status)
        case _:
            raise ClusterError(message, status)
