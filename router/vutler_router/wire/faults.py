"""How failures look to a caller: the one place that knows which status belongs to which error."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import Final

import orjson

from vutler_router.errors import (
    Category,
    ClusterUnavailable,
    Conflict,
    Forbidden,
    InvalidRequest,
    LimitExceeded,
    NotFound,
    NotReady,
    RouterError,
    StorageError,
    TooLarge,
    Unauthenticated,
    UnknownModel,
    UpstreamBusy,
    UpstreamRejected,
    UpstreamUnavailable,
)

__all__ = ["Fault", "error_body", "fault_of", "internal_fault"]

_STATUSES: Final[tuple[tuple[type[RouterError], int], ...]] = (
    (TooLarge, 413),
    (UnknownModel, 404),
    (InvalidRequest, 400),
    (Unauthenticated, 401),
    (Forbidden, 403),
    (NotFound, 404),
    (Conflict, 409),
    (LimitExceeded, 429),
    # An agent that is shown a provider's 401, 402 or 403 disables its model for minutes: permanent is 400 here,
    # passing is 429 or 503.
    (UpstreamRejected, 400),
    (UpstreamBusy, 429),
    (UpstreamUnavailable, 503),
    (NotReady, 503),
    (ClusterUnavailable, 503),
    (StorageError, 503),
)
"""First match wins, so the narrower kinds come first; everything else is a fault of ours."""

_INTERNAL: Final = 500
_DEFAULT_RETRY_SECONDS: Final = 2


@dataclass(frozen=True, slots=True)
class Fault:
    """One failure as an HTTP answer."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


def fault_of(error: RouterError) -> Fault:
    """Return the answer for an error."""
    status = next((status for kind, status in _STATUSES if isinstance(error, kind)), _INTERNAL)
    headers = {"content-type": "application/json"}
    if error.retryable and status != _INTERNAL:
        headers["retry-after"] = str(max(1, ceil(error.retry_after or _DEFAULT_RETRY_SECONDS)))
    if isinstance(error, Unauthenticated):
        headers["www-authenticate"] = "Bearer"
    return Fault(status, error_body(error.message, error.category, error.code, error.param), headers)


def internal_fault() -> Fault:
    """Return the answer for what nobody foresaw: no detail, the request id leads to the log."""
    body = error_body(
        "The router failed on this request; its log has the details under the request id.",
        Category.INTERNAL,
        "internal_error",
    )
    return Fault(_INTERNAL, body, {"content-type": "application/json"})


def error_body(message: str, category: str, code: str, param: str | None = None) -> bytes:
    """Encode the one shape of errors."""
    return orjson.dumps({"error": {"message": message, "type": category, "code": code, "param": param}})
