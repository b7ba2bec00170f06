"""What Anthropic's kinds of error mean as HTTP statuses, for those that arrive inside a stream of status 200."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

__all__ = ["status_of_error_type"]

_STATUSES: Final[Mapping[str, int]] = MappingProxyType(
    {
        "invalid_request_error": 400,
        "authentication_error": 401,
        "billing_error": 402,
        "permission_error": 403,
        "not_found_error": 404,
        "conflict_error": 409,
        "request_too_large": 413,
        "rate_limit_error": 429,
        "api_error": 500,
        "timeout_error": 504,
        "overloaded_error": 529,
    }
)
"""Claude API reference, "Errors"."""


def status_of_error_type(kind: str) -> int | None:
    """Return the status that an error of this kind has where it answers a request; None for an unknown kind."""
    return _STATUSES.get(kind)
