"""The words by which providers name what went wrong, and the HTTP status that says the same."""

import re
from collections.abc import Collection, Mapping
from http import HTTPStatus
from typing import Final

__all__ = ["amounts_to", "is_overflow", "status_of_words"]

_NEVER_OVERFLOW: Final = frozenset({401, 402, 403, 429})
_IN_FLIGHT: Final = "openrouter_in_flight_budget"
"""OpenRouter's 402 for too much under way at once ("Errors"): it passes."""

_EXHAUSTED: Final = frozenset(
    {
        "insufficient_quota",
        "billing_hard_limit_reached",
        "billing_not_active",
        "billing_error",
        "credit_balance_too_low",
        "insufficient_balance_error",
        # OpenAI answers these with 429 though no waiting helps, Anthropic the last one ("Errors").
        "credit_balance_exhausted",
        "organization_spend_limit_exceeded",
        "project_spend_limit_exceeded",
        "organization_usage_limit_exceeded",
        "enforced_spend_limit_reached",
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
    "billing_error": 402,
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


def status_of_words(words: Collection[str]) -> int | None:
    """Return the status that the narrowest known word stands for."""
    return next((_STATUS_OF_TYPE[word] for word in words if word in _STATUS_OF_TYPE), None)


def is_overflow(shown: int, words: Collection[str], said: str) -> bool:
    """Whether the conversation is longer than the model can read, whatever status that came with."""
    return not _OVERFLOWS.isdisjoint(words) or (
        shown not in _NEVER_OVERFLOW and _OVERFLOW_WORDS.search(said) is not None
    )


def amounts_to(shown: int, words: frozenset[str], said: str, details: Mapping[str, object]) -> int:
    """Return the status a failure amounts to where the provider's own would mislead.

    An empty account is 402 whatever it came with. Gemini answers 400 to a bad key, Groq and Mistral to a model they
    do not have; Groq's 413 with `rate_limit_exceeded` is about tokens per minute.
    """
    if words & _EXHAUSTED or _EXHAUSTED_WORDS.search(said):
        return 402
    if shown == HTTPStatus.BAD_REQUEST and words & _BAD_KEY:
        return 401
    if shown in {HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN} and words & _NO_MODEL:
        return 404
    if shown == HTTPStatus.REQUEST_ENTITY_TOO_LARGE and words & _LIMITS:
        return 429
    metadata = details.get("metadata")
    return _amounts_to_at_openrouter(shown, metadata) if isinstance(metadata, dict) else shown


def _amounts_to_at_openrouter(shown: int, metadata: Mapping[str, object]) -> int:
    """Read what OpenRouter adds: its 403 may be about the prompt, and one 402 is only too much under way at once."""
    if shown == HTTPStatus.FORBIDDEN and "flagged_input" in metadata:
        return 400
    if shown == HTTPStatus.PAYMENT_REQUIRED and metadata.get("limit_source") == _IN_FLIGHT:
        return 429
    return shown
