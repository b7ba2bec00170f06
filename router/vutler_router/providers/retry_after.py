"""Reads when a provider may be asked again, in the many forms in which providers say it."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

__all__ = ["read_retry_after", "read_retry_info"]

_LONGEST_SECONDS: Final = 3600.0
"""Who asks for more is asked again after an hour all the same: quotas are topped up, and clocks are wrong."""

_LONGEST_TEXT: Final = 100
_NUMBER: Final = re.compile(r"[0-9]{1,18}(?:\.[0-9]{0,18})?|\.[0-9]{1,18}")
_DURATION: Final = re.compile(r"(?:[0-9]{1,18}(?:\.[0-9]{1,18})?(?:ms|[dhms]))+")
_DURATION_PART: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|[dhms])")
_SECONDS_OF: Final[Mapping[str, float]] = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_LIMITED_KINDS: Final = ("requests", "tokens")


def read_retry_after(
    headers: Mapping[str, str], details: Mapping[str, object] | None, now: datetime, *, limited: bool = True
) -> float | None:
    """Return the seconds a provider asks to wait, from 0 to 3600; None when it says nothing that makes sense.

    The first of these that can be read counts: `retry-after-ms` (OpenAI, read by its clients before the next one),
    `retry-after` as seconds or a date (RFC 9110) or as a duration, `google.rpc.RetryInfo` among the error's details
    (Gemini), and for a rate limit the reset of what is used up (OpenAI, Groq: `x-ratelimit-reset-requests: 2m59.56s`).

    Args:
        headers: The reply's; names in lower case unless the mapping ignores case.
        details: The error object of the reply's body.
        now: The time, for dates.
        limited: Whether the reply is a rate limit (429): only then do reset times say when to come back.
    """
    found = (
        _milliseconds(headers.get("retry-after-ms")),
        _moment(headers.get("retry-after"), now),
        read_retry_info(details),
        _reset(headers) if limited else None,
    )
    return _bounded(next((seconds for seconds in found if seconds is not None), None))


def read_retry_info(details: Mapping[str, object] | None) -> float | None:
    """Return the seconds that Google's RetryInfo asks to wait: a `retryDelay` in an entry of an error's details."""
    entries = details.get("details") if details is not None else None
    if not isinstance(entries, list):
        return None
    delays = (_duration(entry.get("retryDelay")) for entry in entries if isinstance(entry, dict))
    return _bounded(next((delay for delay in delays if delay is not None), None))


def _bounded(seconds: float | None) -> float | None:
    return None if seconds is None else min(max(seconds, 0.0), _LONGEST_SECONDS)


def _number(text: object) -> float | None:
    """Read a plain decimal number: no sign, no exponent, no NaN."""
    if not isinstance(text, str) or not _NUMBER.fullmatch(text.strip(" \t")):
        return None
    return float(text)


def _milliseconds(text: str | None) -> float | None:
    number = _number(text)
    return None if number is None else number / 1000


def _duration(text: object) -> float | None:
    """Read a duration such as 1s, 6m0s, 2m59.56s or 120ms."""
    if not isinstance(text, str) or len(text) > _LONGEST_TEXT or not _DURATION.fullmatch(text.strip(" \t")):
        return None
    return sum(float(amount) * _SECONDS_OF[unit] for amount, unit in _DURATION_PART.findall(text))


def _wait(text: object) -> float | None:
    """Read seconds with or without a unit."""
    number = _number(text)
    return _duration(text) if number is None else number


def _moment(text: str | None, now: datetime) -> float | None:
    """Read a wait, or a date in one of HTTP's three forms; one without a zone is meant in UTC."""
    if text is None or len(text) > _LONGEST_TEXT:
        return None
    wait = _wait(text)
    if wait is not None:
        return wait
    try:
        moment = parsedate_to_datetime(text)
        return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now).total_seconds()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _reset(headers: Mapping[str, str]) -> float | None:
    """Return when the last of the used-up limits is reset; limits with something left say nothing."""
    return max(_resets(headers), default=None)


def _resets(headers: Mapping[str, str]) -> Iterator[float]:
    for kind in _LIMITED_KINDS:
        reset = _wait(headers.get(f"x-ratelimit-reset-{kind}"))
        if reset is not None and _number(headers.get(f"x-ratelimit-remaining-{kind}")) == 0:
            yield reset
