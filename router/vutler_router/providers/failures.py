"""What a provider's failure means: for the request, for the next link of the chain, and in bounded words."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus
from typing import Final

from vutler_router.errors import UpstreamBusy, UpstreamError, UpstreamRejected, UpstreamUnavailable
from vutler_router.providers.error_objects import (
    decoded_body,
    error_details,
    place_at_fault,
    said_by,
    stated_status,
    words_of,
)
from vutler_router.providers.error_words import amounts_to, is_overflow, status_of_words
from vutler_router.providers.retry_after import read_retry_after, read_retry_info

__all__ = ["error_of_body", "error_of_reply"]

_LONGEST_MESSAGE: Final = 500
_LONGEST_READ: Final = 64 << 10
"""A longer text is no message, and is not repeated even in part."""

_REDIRECTS: Final = range(300, 400)
_REFUSALS: Final = frozenset(range(400, 500)) - {408, 409, 425, 429, 498, 499}
"""Permanent ones. Of the others 498 is Groq's for a full flex tier, and 499 a request that was cancelled."""

_UNKNOWN: Final = 502
"""What a failure counts as when nothing says more: it may pass."""


_IDENTIFIER: Final = re.compile(r"(?![0-9]+\Z)[A-Za-z0-9_.\-]{1,64}")
_FIELD: Final = re.compile(r"[A-Za-z0-9_.\-\[\]/$]{1,128}")
_LINK: Final = re.compile(r"https://[^\s\"'<>()\[\]{}]{4,200}")

Clean = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class _Failure:
    """A failure, understood and clean.

    Attributes:
        status: What it amounts to in HTTP's words, which may differ from what the provider answered.
        shown: The status the provider answered, for the message.
        said: The provider's own words in one line.
        overflow: Whether the conversation is longer than the model can read.
    """

    provider: str
    status: int
    shown: int
    said: str
    code: str | None
    param: str | None
    overflow: bool
    retry_after: float | None
    billing_url: str | None

    @property
    def colon(self) -> str:
        """The provider's words, bounded, as they follow ours."""
        said = self.said[:_LONGEST_MESSAGE].rstrip(" .:")
        return f": {said}" if said else ""


def error_of_reply(
    provider: str,
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    clean: Clean,
    now: datetime,
    *,
    billing_url: str | None = None,
) -> UpstreamError:
    """Turn a provider's error answer into ours.

    Args:
        provider: Who answered, for messages.
        status: Its HTTP status.
        headers: Its headers.
        body: The start of its body.
        clean: Takes secrets out of what it said.
        now: The time, for Retry-After given as a date.
        billing_url: Where its accounts are topped up.
    """
    details = error_details(decoded_body(body))
    retry_after = read_retry_after(headers, details, now, limited=status == HTTPStatus.TOO_MANY_REQUESTS)
    return _told(_understood(provider, status, details, clean, retry_after, billing_url))


def error_of_body(
    provider: str, body: Mapping[str, object], clean: Clean, *, billing_url: str | None = None
) -> UpstreamError:
    """Turn an error inside a successful answer (a body or an event) into ours; without a status it is an outage."""
    details = error_details(body)
    return _told(_understood(provider, None, details, clean, read_retry_info(details), billing_url))


def _understood(
    provider: str,
    status: int | None,
    details: Mapping[str, object],
    clean: Clean,
    retry_after: float | None,
    billing_url: str | None,
) -> _Failure:
    """Read what matters out of an error object."""
    said = _line(said_by(details), clean)
    words = words_of(details)
    shown = status or stated_status(details) or status_of_words(words) or _UNKNOWN
    overflow = is_overflow(shown, words, said)
    return _Failure(
        provider,
        status=400 if overflow else amounts_to(shown, frozenset(words), said, details),
        shown=shown,
        said=said,
        code=_code(details, clean),
        param=_param(details, clean),
        overflow=overflow,
        retry_after=retry_after,
        billing_url=billing_url,
    )


def _line(text: str, clean: Clean) -> str:
    """Make one clean line; cleaned again at the end, in case the joining made a secret whole."""
    if len(text) > _LONGEST_READ:
        return ""
    visible = "".join(character if character.isprintable() else " " for character in clean(text))
    return clean(" ".join(visible.split()))


def _code(details: Mapping[str, object], clean: Clean) -> str | None:
    """Return the provider's own name of the error; numbers are none."""
    for name in ("code", "type", "status"):
        value = details.get(name)
        if isinstance(value, str) and _IDENTIFIER.fullmatch(value) and clean(value) == value:
            return value
    return None


def _param(details: Mapping[str, object], clean: Clean) -> str | None:
    """Return the name of the field at fault."""
    value = details.get("param") or place_at_fault(details)
    fits = isinstance(value, str) and _FIELD.fullmatch(value) and clean(value) == value
    return str(value) if fits else None


def _told(failure: _Failure) -> UpstreamError:
    """Say it with the provider's words, and keep them and what we would say without them apart."""
    error = _error(failure)
    error.said = failure.said[:_LONGEST_MESSAGE]
    error.summary = _error(replace(failure, said="")).message
    return error


def _error(failure: _Failure) -> UpstreamError:
    """Say it in our words."""
    status = failure.status
    if status in _REDIRECTS or status in _REFUSALS:
        return _rejected(failure)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        message = f"{failure.provider} is limiting requests{failure.colon}."
        return UpstreamBusy(message, provider=failure.provider, upstream_status=status, retry_after=failure.retry_after)
    message = f"{failure.provider} failed ({failure.shown}){failure.colon}."
    return UpstreamUnavailable(
        message, provider=failure.provider, upstream_status=status, retry_after=failure.retry_after
    )


def _rejected(failure: _Failure) -> UpstreamRejected:
    """Say what is permanent, with the remedy."""
    name, shown, said, code = failure.provider, failure.shown, failure.colon, failure.code
    if failure.overflow:
        message = f"{name}: context length exceeded{said}. Shorten the conversation, or use a model that reads more."
        code = "context_length_exceeded"
    elif failure.status in _REDIRECTS:
        message = (
            f"{name} answered with a redirect ({shown}); enter the final address. "
            f"Redirects are never followed, so that the key goes nowhere else."
        )
        code = "upstream_redirected"
    elif failure.status == HTTPStatus.PAYMENT_REQUIRED:
        message = f"{name} is out of credits{said}. Top up the account{_link(failure)} or use another key."
        code = "provider_out_of_credits"
    elif failure.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        message = f"{name} refused the key{said}. Check the key and what it may be used for."
        code = "provider_key_refused"
    elif failure.status == HTTPStatus.NOT_FOUND:
        message = (
            f"{name} does not know what was asked for ({shown}){said}. "
            f"Check model in the model settings, and custom_endpoint if there is one."
        )
    else:
        message = f"{name} refused the request ({shown}){said}."
    return UpstreamRejected(message, provider=name, upstream_status=failure.status, code=code, param=failure.param)


def _link(failure: _Failure) -> str:
    """Return where to top up: what we know, else a link the provider gave."""
    given = _LINK.search(failure.said)
    url = failure.billing_url or (given[0].rstrip(".,;:!?") if given else None)
    return f" ({url})" if url else ""
