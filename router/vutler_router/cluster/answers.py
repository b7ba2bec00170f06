"""Reads what the API server answered about resources of ours."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError

from vutler_router.cluster.ports import ApiAnswer, ApiRequest, ApiSender
from vutler_router.errors import ClusterRefused, ClusterUnavailable

__all__ = ["FIELD_MANAGER", "PAGE", "READ_SECONDS", "ROOT", "WRITE_SECONDS", "get", "granted", "parsed", "words"]

FIELD_MANAGER: Final = "vutler-router"
"""Under this name `kubectl get agent --show-managed-fields` shows what the router wrote."""

ROOT: Final = "/apis/vutler.io/v1alpha1"
PAGE: Final = 500
READ_SECONDS: Final = 3.0
WRITE_SECONDS: Final = 10.0

_LONGEST_REASON: Final = 500
_HEADERS: Final[Mapping[str, str]] = {"Accept": "application/json"}

Model = TypeVar("Model", bound=BaseModel)


class _Refusal(BaseModel):
    message: str = ""


async def get(sender: ApiSender, target: str) -> ApiAnswer:
    """Ask for something. Raises `ClusterUnavailable` when nothing comes back in time."""
    return await sender.send(ApiRequest("GET", target, READ_SECONDS, _HEADERS))


def granted(answer: ApiAnswer) -> bytes:
    """Return what was asked for. Raises `ClusterUnavailable` for what passes, `ClusterRefused` for what does not."""
    status = answer.status
    if status < HTTPStatus.MULTIPLE_CHOICES:
        return answer.content
    said = words(answer)
    passing = {HTTPStatus.CONFLICT, HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}
    if status in passing or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise ClusterUnavailable(f"The Kubernetes API server answered {status}: {said}")
    raise ClusterRefused(f"The Kubernetes API server refuses: {said}")


def words(answer: ApiAnswer) -> str:
    """Return why the API server refuses something, in its own words."""
    try:
        message = _Refusal.model_validate_json(answer.content).message
    except ValidationError:
        message = ""
    return message[:_LONGEST_REASON] or "it gives no reason."


def parsed(kind: type[Model], content: bytes, *, name: str = "Agent") -> Model:
    """Read a resource. Raises `ClusterUnavailable` for something else."""
    try:
        return kind.model_validate_json(content)
    except ValidationError as error:
        raise ClusterUnavailable(f"The Kubernetes API server sent something that is no {name}.") from error
