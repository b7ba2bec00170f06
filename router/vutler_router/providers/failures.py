"""What a provider's failure means: for the request, for the next link of the chain, and in bounded words."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Final

import orjson

from vutler_router.errors import UpstreamBusy, UpstreamError, UpstreamRejected, UpstreamUnavailable
from vutler_router.providers.retry_after import read_retry_after, read_retry_info

__all__ = ["error_in_answer", "error_of_body", "error_of_reply", "may_try_next"]

_LONGEST_MESSAGE: Final = 500
_LONGEST_READ: Final = 64 << 10
"""A longer text is no message, and is not repeated even in part."""

_MOST_COMPLAINTS: Final = 3
_REDIRECTS: Final = range(300, 400)
_REFUSALS: Final = frozenset(range(400, 500)) - {408, 409, 425, 429, 498, 499}
"""Permanent ones. Of the others 498 is Groq's for a full flex tier, and 499 a request that was cancelled."""

_UNKNOWN: Final = 502
"""What a failure counts as when nothing says more: it may pass."""

_CALLERS_FAULT: Final = frozenset({400, 413, 422})
"""The request itself is refused: another provider would be asked the same wrong thing."""

_NEVER_OVERFLOW: Final = frozenset({401, 402, 403, 429})
_EXHAUSTED: Final = frozenset(
    {
        "insufficient_quota",
        "billing_hard_limit_reached",
        "billing_not_active",
        "billing_error",
        "credit_balance_too_low",
        "insufficient_balance_error",
    }
)
_BAD_KEY: Final = frozenset({"invalid_api_key", "api_key_invalid"})
_NO_MODEL: Final = frozenset({"model_not_found", "model_decommissioned", "invalid_model"})
_OVERFLOWS: Final = frozenset({"context_length_exceeded", "context_window_exceeded"})
_LIMITS: Final = frozenset({"rate_limit_exceeded"})

_STATUS_OF_TYPE: Final[Mapping[str, int]] = {
    "invalid_request_error": 400,
    "bad_request_error": 400,
    "invalid_prompt": 400,
    "content_filter": 400,
    "invalid_argument": 400,
    "failed_precondition": 400,
    "authentication_error": 401,
    "unauthenticated": 401,
    "permission_error": 403,
    "permission_denied": 403,
    "not_found_error": 404,
    "not_found": 404,
    "conflict_error": 409,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "rate_limit_exceeded": 429,
    "rate_limited": 429,
    "service_tier_capacity_exceeded": 429,
    "resource_exhausted": 429,
    "capacity_exceeded": 498,
    "cancelled": 499,
    "server_error": 500,
    "api_error": 500,
    "internal": 500,
    "unavailable": 503,
    "service_unavailable": 503,
    "overloaded": 503,
    "timeout_error": 504,
    "deadline_exceeded": 504,
    "overloaded_error": 529,
}
"""The words of OpenAI (`ResponseError.code`), Anthropic ("Errors"), Mistral, Groq and Google (`google.rpc.Code`), in
lower case, and the HTTP status that says the same: errors inside a 200 answer or a stream have no other."""

_STATUS_OF_MINIMAX: Final[Mapping[int, int]] = {
    1001: 504,
    1002: 429,
    1004: 401,
    1008: 402,
    1026: 400,
    1027: 400,
    1039: 429,
    1041: 429,
    1042: 400,
    2013: 400,
    2045: 429,
    2049: 401,
    2056: 429,
}
"""MiniMax's `base_resp.status_code` ("Error Codes"); all others are faults of its own and count as an outage."""

_MINIMAX_SENSITIVE: Final = frozenset({1026, 1027})

_OVERFLOW_WORDS: Final = re.compile(
    r"context[ _]length[ _]exceeded|maximum context length|prompt is too long"
    r"|exceeds? (?:the |this )?(?:model's )?(?:available )?context (?:window|length|limit|size)"
    r"|context window exceeds|reduce the length of the (?:messages|prompt|input)"
    r"|input token count.{0,40}exceeds the maximum",
    re.IGNORECASE,
)
"""How OpenAI, OpenRouter and Mistral ("maximum context length"), Anthropic, MiniMax, Groq and Gemini word it."""

_EXHAUSTED_WORDS: Final = re.compile(r"insufficient (?:balance|credits|funds)|credit balance is too low", re.IGNORECASE)
"""Anthropic says so with status 400, MiniMax also with 429 and 500; Gemini's "exceeded your quota" is a rate limit."""

_IDENTIFIER: Final = re.compile(r"(?![0-9]+\Z)[A-Za-z0-9_.\-]{1,64}")
_FIELD: Final = re.compile(r"[A-Za-z0-9_.\-\[\]/$]{1,128}")
_STATUS: Final = re.compile(r"[45][0-9]{2}")
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


def may_try_next(error: UpstreamError) -> bool:
    """Whether another link of the chain might answer where this one failed."""
    return error.upstream_status not in _CALLERS_FAULT


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
    details = _details(_decoded(body))
    retry_after = read_retry_after(headers, details, now, limited=status == HTTPStatus.TOO_MANY_REQUESTS)
    return _error(_understood(provider, status, details, clean, retry_after, billing_url))


def error_of_body(
    provider: str, body: Mapping[str, object], clean: Clean, *, billing_url: str | None = None
) -> UpstreamError:
    """Turn an error inside a successful answer (a body or an event) into ours; without a status it is an outage."""
    details = _details(body)
    return _error(_understood(provider, None, details, clean, read_retry_info(details), billing_url))


def error_in_answer(fields: Mapping[str, object]) -> Mapping[str, object] | None:
    """Find the error inside a body that came with status 200; None when it is an answer.

    Known are an `error` beside no answer, a choice that finished with `error` (OpenRouter, Mistral), MiniMax's
    `base_resp`, a body that calls itself an error (`object` of Mistral, `type` of Anthropic and of OpenAI's
    responses), and a failed `response` within an event.
    """
    error = fields.get("error")
    choices = fields.get("choices")
    for choice in choices if isinstance(choices, list) else ():
        if isinstance(choice, dict) and choice.get("finish_reason") == "error":
            return _error_object(choice.get("error") or error) or {"message": "the answer ended in an error"}
    if error and not (choices or fields.get("content") or fields.get("output")):
        return _error_object(error) or fields
    if (base := _minimax_error(fields.get("base_resp"))) is not None:
        return base
    response = fields.get("response")
    if isinstance(response, dict) and response.get("error"):
        return _error_object(response["error"])
    return fields if fields.get("object") == "error" or fields.get("type") == "error" else None


def _decoded(body: bytes) -> Mapping[str, object] | None:
    """Decode an error body; Gemini wraps its own in a list."""
    try:
        decoded = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    if isinstance(decoded, list):
        decoded = next((entry for entry in decoded if isinstance(entry, dict)), None)
    return decoded if isinstance(decoded, dict) else None


def _details(body: Mapping[str, object] | None) -> Mapping[str, object]:
    """Find the error object in a body that is known to hold one, in the shapes that providers use."""
    if body is None:
        return {}
    return _error_object(body.get("error")) or error_in_answer(body) or body


def _error_object(error: object) -> Mapping[str, object] | None:
    """Return an error as an object; Ollama's is a text."""
    if isinstance(error, str) and error:
        return {"message": error}
    return error if isinstance(error, dict) and error else None


def _minimax_error(base: object) -> Mapping[str, object] | None:
    code = base.get("status_code") if isinstance(base, dict) else None
    if not isinstance(base, dict) or not isinstance(code, int) or code == 0:
        return None
    name = "content_filter" if code in _MINIMAX_SENSITIVE else None
    return {"message": base.get("status_msg"), "code": name, "status": _STATUS_OF_MINIMAX.get(code, _UNKNOWN)}


def _understood(
    provider: str,
    status: int | None,
    details: Mapping[str, object],
    clean: Clean,
    retry_after: float | None,
    billing_url: str | None,
) -> _Failure:
    """Read what matters out of an error object."""
    said = _line(_message(details), clean)
    words = _words(details)
    shown = status or _stated(details) or next((_STATUS_OF_TYPE[word] for word in words if word in _STATUS_OF_TYPE), 0)
    shown = shown or _UNKNOWN
    overflow = not _OVERFLOWS.isdisjoint(words) or (
        shown not in _NEVER_OVERFLOW and _OVERFLOW_WORDS.search(said) is not None
    )
    return _Failure(
        provider,
        status=400 if overflow else _meant(shown, frozenset(words), said, details),
        shown=shown,
        said=said,
        code=_code(details, clean),
        param=_param(details, clean),
        overflow=overflow,
        retry_after=retry_after,
        billing_url=billing_url,
    )


def _meant(shown: int, words: frozenset[str], said: str, details: Mapping[str, object]) -> int:
    """Return the status a failure amounts to where the provider's own would mislead.

    An empty account is 402 whatever it came with. Gemini answers 400 to a bad key, Groq and Mistral to a model they
    do not have; Groq's 413 with `rate_limit_exceeded` is about tokens per minute. OpenRouter's 403 with
    `flagged_input` is about the prompt.
    """
    metadata = details.get("metadata")
    if words & _EXHAUSTED or _EXHAUSTED_WORDS.search(said):
        return 402
    if shown == HTTPStatus.BAD_REQUEST and words & _BAD_KEY:
        return 401
    if shown in {HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN} and words & _NO_MODEL:
        return 404
    if shown == HTTPStatus.REQUEST_ENTITY_TOO_LARGE and words & _LIMITS:
        return 429
    if shown == HTTPStatus.FORBIDDEN and isinstance(metadata, dict) and "flagged_input" in metadata:
        return 400
    return shown


def _stated(details: Mapping[str, object]) -> int | None:
    """Return the HTTP status that an error object states as a number."""
    for name in ("code", "status", "status_code", "http_code", "raw_status_code"):
        value = details.get(name)
        if isinstance(value, int | str) and _STATUS.fullmatch(str(value)):
            return int(value)
    return None


def _words(details: Mapping[str, object]) -> tuple[str, ...]:
    """List the words by which an error object names its kind, in lower case, the narrowest first."""
    entries = details.get("details")
    reasons = [entry.get("reason") for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    named = (*reasons, details.get("code"), details.get("type"), details.get("status"))
    return tuple(word.lower() for word in named if isinstance(word, str))


def _message(details: Mapping[str, object]) -> str:
    """Find what a provider said, in the shapes of OpenAI, FastAPI and Mistral; OpenRouter adds what it was told."""
    said = details.get("message") or details.get("detail")
    if isinstance(said, dict):
        said = said.get("message") or said.get("detail")
    if isinstance(said, list):
        said = "; ".join(filter(None, map(_complaint, said[:_MOST_COMPLAINTS])))
    text = said if isinstance(said, str) else ""
    metadata = details.get("metadata")
    raw = metadata.get("raw") if isinstance(metadata, dict) else None
    return f"{text} ({raw})" if isinstance(raw, str) and raw else text


def _complaint(entry: object) -> str:
    """Word one entry of a validation error."""
    if not isinstance(entry, dict) or not isinstance(entry.get("msg"), str):
        return ""
    place = _place(entry)
    return f"{place}: {entry['msg']}" if place else str(entry["msg"])


def _place(entry: Mapping[str, object]) -> str:
    """Spell a validation error's place as callers do: `messages[0].role`."""
    parts = entry.get("loc")
    named = [part for part in parts if isinstance(part, str | int)] if isinstance(parts, list) else []
    named = named[1:] if named[:1] == ["body"] else named
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in named).removeprefix(".")


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
    value = details.get("param")
    said = details.get("detail")
    if not value and isinstance(said, list) and said and isinstance(said[0], dict):
        value = _place(said[0])
    fits = isinstance(value, str) and _FIELD.fullmatch(value) and clean(value) == value
    return str(value) if fits else None


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
        message = f"{name} refused the key ({shown}){said}. Check the key and what it may be used for."
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
