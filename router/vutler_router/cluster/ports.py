"""How a request reaches the API server, whoever signs it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

__all__ = ["ApiAnswer", "ApiRequest", "ApiSender"]


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """One request; `target` is path and query, `seconds` bounds it with all of its answer.

    The names of headers are spelt as HTTP spells them: the Kubernetes library looks for `Content-Type` and no other.
    """

    method: str
    target: str
    seconds: float
    headers: Mapping[str, str]
    body: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class ApiAnswer:
    """What the API server answered, whatever it was."""

    status: int
    content: bytes


class ApiSender(Protocol):
    """A signed-in connection."""

    async def send(self, request: ApiRequest) -> ApiAnswer:
        """Sign and send a request. Raises `ClusterUnavailable` when nothing comes back in time."""
        ...
