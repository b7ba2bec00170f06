"""What a provider's failure means: for the request, for the next link of the chain, and in bounded words."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Final

from vutler_router.errors import UpstreamBusy, UpstreamError, UpstreamRejected, UpstreamUnavailable
from vutler_router.providers.openai_chat import read_answer

__all__ = ["error_of_body", "error_of_reply", "may_try_next", "read_retry_after"]

_LONGEST_MESSAGE: Final = 500
_LONGEST_RETRY: Final = 3600.0
_IDENTIFIER: Final = re.compile(r"[A-Za-z0-9_.\-]{1,64}")
_CALLERS_FAULT: Final = frozenset({400, 413, 422})
"""The request itself is refused: another provider would be asked the same wrong thing."""

_EXHAUSTED: Final = frozenset({"insufficient_quota", "billing_hard_limit_reached", "credit_balance_too_low"})
_FIRST_SERVER_ERROR: Final = 500
_PASSING: Final = frozenset({408, 409, 425})


def may_try_next(error: UpstreamError) -> bool:
    """Whether another link of the chain might answer where this one failed."""
    return error.upstream_status not in _CALLERS_FAULT


def error_of_reply(
    provider: str, status: int, headers: Mapping[str, str], body: bytes, clean: Callable[[str], str], now: datetime
) -> UpstreamError:
    """Turn a provider's error answer into ours; `clean` takes secrets out of what it said."""
    details = _details(read_answer(body))
    return _error(provider, status, details, clean, read_retry_after(headers, now))


def error_of_body(provider: str, body: Mapping[str, object], clean: Callable[[str], str]) -> UpstreamError:
    """Turn an error inside a successful answer (a body or an event) into ours; without a status it is an outage."""
    details = _details(body)
    code = details.get("code") or details.get("status")
    known = isinstance(code, int) and 400 <= code < 600  # noqa: PLR2004 - HTTP's range of errors
    return _error(provider, int(str(code)) if known else 502, details, clean, None)


def read_retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return the seconds a provider asks to wait: given in milliseconds, seconds or as a date."""
    milliseconds = headers.get("retry-after-ms")
    value = headers.get("retry-after")
    try:
        if milliseconds is not None:
            seconds = float(milliseconds) / 1000
        elif value is not None:
            seconds = _seconds(value, now)
        else:
            return None
    except (ValueError, OverflowError):
        return None
    return min(max(seconds, 0.0), _LONGEST_RETRY)


def _seconds(value: str, now: datetime) -> float:
    try:
        return float(value)
    except ValueError:
        return (parsedate_to_datetime(value) - now).total_seconds()


def _details(body: Mapping[str, object] | None) -> Mapping[str, object]:
    """Find the error object in the shapes that providers use."""
    if body is None:
        return {}
    error = body.get("error")
    if isinstance(error, dict):
        return error
    if isinstance(error, str):
        return {"message": error}
    return body


def _error(
    provider: str, status: int, details: Mapping[str, object], clean: Callable[[str], str], retry_after: float | None
) -> UpstreamError:
    said = details.get("message") or details.get("detail")
    said = f": {' '.join(clean(said).split())[:_LONGEST_MESSAGE]}" if isinstance(said, str) and said else ""
    code = details.get("code") or details.get("type")
    code = code if isinstance(code, str) and _IDENTIFIER.fullmatch(code) else None
    given = details.get("param")
    param = given if isinstance(given, str) and len(given) < _LONGEST_MESSAGE else None
    if status == 402 or code in _EXHAUSTED:  # noqa: PLR2004 - Payment Required
        message = f"{provider} is out of credits{said}. Top up the account or use another key."
        return UpstreamRejected(message, provider=provider, upstream_status=status, code="provider_out_of_credits")
    if status in {401, 403}:
        message = f"{provider} refused the key ({status}){said}. Check the key and what it may be used for."
        return UpstreamRejected(message, provider=provider, upstream_status=status, code="provider_key_refused")
    if status == 429:  # noqa: PLR2004 - Too Many Requests
        message = f"{provider} is limiting requests{said}."
        return UpstreamBusy(message, provider=provider, upstream_status=status, retry_after=retry_after)
    if status >= _FIRST_SERVER_ERROR or status in _PASSING:
        message = f"{provider} failed ({status}){said}."
        return UpstreamUnavailable(message, provider=provider, upstream_status=status, retry_after=retry_after)
    message = f"{provider} refused the request ({status}){said}."
    return UpstreamRejected(message, provider=provider, upstream_status=status, code=code, param=param)
