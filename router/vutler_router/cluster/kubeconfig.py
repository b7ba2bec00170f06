"""Signs in as a kubeconfig says, for a router that runs outside of a cluster: every way that kubectl knows."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, Protocol, Self, cast

import aiohttp
import yaml
from typing_extensions import override

from vutler_router.cluster.ports import ApiAnswer, ApiRequest, ApiSender
from vutler_router.errors import BrokenFile, ClusterUnavailable

__all__ = ["KubeconfigAccount"]

_SIGNED: Final = ("BearerToken",)


class _Answer(Protocol):
    status: int

    async def read(self) -> bytes: ...


class _Rest(Protocol):
    async def request(self, method: str, url: str, *, headers: Mapping[str, str], body: object) -> _Answer: ...


class _Api(Protocol):
    """What is used of the Kubernetes client, which has no types of its own here."""

    rest_client: _Rest

    def param_serialize(
        self, method: str, resource_path: str, *, header_params: Mapping[str, str], auth_settings: Sequence[str]
    ) -> Awaitable[tuple[str, str, Mapping[str, str], Any, Any]]: ...

    async def close(self) -> None: ...


class KubeconfigAccount(ApiSender):
    """A connection to the API server under the account of a kubeconfig's current context."""

    def __init__(self, api: _Api) -> None:
        self._api = api

    @classmethod
    @contextlib.asynccontextmanager
    async def opened(cls, kubeconfig: str) -> AsyncIterator[Self]:
        """Open for the life of the block; nothing is sent yet.

        Args:
            kubeconfig: What the variable `KUBECONFIG` says.

        Raises:
            BrokenFile: The file cannot be used.
        """
        api = await _signed_in(kubeconfig)
        try:
            yield cls(api)
        finally:
            await api.close()

    @override
    async def send(self, request: ApiRequest) -> ApiAnswer:
        try:
            async with asyncio.timeout(request.seconds):
                method, url, headers, _, _ = await self._api.param_serialize(
                    request.method, request.target, header_params=request.headers, auth_settings=_SIGNED
                )
                answer = await self._api.rest_client.request(method, url, headers=dict(headers), body=request.body)
                return ApiAnswer(answer.status, await answer.read())
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise ClusterUnavailable(f"The Kubernetes API server did not answer ({type(error).__name__}).") from error


async def _signed_in(kubeconfig: str) -> _Api:
    """Read the file. The library is imported here, because a router in a pod is better off without its 21 MB."""
    from kubernetes.aio import config  # noqa: PLC0415
    from kubernetes.aio.client import ApiClient, Configuration  # noqa: PLC0415

    configuration = Configuration()
    try:
        load: Final[Callable[..., Awaitable[object]]] = config.load_kube_config
        await load(kubeconfig, client_configuration=configuration, persist_config=False)
    except (config.ConfigException, yaml.YAMLError, OSError) as error:
        reason = "it is no YAML" if isinstance(error, yaml.YAMLError) else error
        raise BrokenFile(
            f"KUBECONFIG: names no usable cluster ({reason}); correct it, or set ROUTER_CLUSTER=off"
        ) from None
    configuration.client_session_kwargs = {"trust_env": False}
    return cast("_Api", ApiClient(configuration))
