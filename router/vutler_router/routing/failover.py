"""What a provider's failure means for the request: stop, another key, another model, or the same one again; no I/O."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final, TypeVar

from vutler_router.errors import RouterError, UpstreamError, UpstreamRejected
from vutler_router.routing.chain import Choice

__all__ = ["ROUNDS", "Step", "counts_against", "left_after", "pause_before", "step_after", "telling_error"]

ROUNDS: Final = 2
"""How often a request asks the same model at the most: twice, so that one request alone never opens a breaker."""

_BASE_SECONDS: Final = 0.25
_LONGEST_PAUSE: Final = 5.0
"""Seconds a caller is kept waiting for a provider's Retry-After; a longer one is the caller's to wait."""

_CALLERS_FAULT: Final = frozenset({400, 413, 422})
"""The request itself is refused: another provider would be asked the same wrong thing."""

_KEYS_FAULT: Final = frozenset({401, 402, 403, 429})
"""The key is refused, out of credit or over its rate: another key of the same provider may do."""


class Step(StrEnum):
    """Where a request goes from a failure."""

    STOP = "stop"
    AGAIN = "again"
    """To the same model once its key may be used again: never decided here, but by who paces the platform's keys."""

    NEXT_KEY = "next_key"
    NEXT_MODEL = "next_model"


C = TypeVar("C", bound=Choice)


def step_after(error: UpstreamError) -> Step:
    """Return what to ask next."""
    if error.upstream_status in _CALLERS_FAULT:
        return Step.STOP
    return Step.NEXT_KEY if error.upstream_status in _KEYS_FAULT else Step.NEXT_MODEL


def left_after(step: Step, chain: Sequence[C], asked: C) -> Sequence[C]:
    """Return what of a chain may still be asked: a model at fault is not asked with its other keys beside this one."""
    if step is Step.STOP:
        return ()
    if step is Step.AGAIN:
        return chain
    first = next(place for place, choice in enumerate(chain) if choice is asked)
    end = first + 1
    if step is Step.NEXT_MODEL:
        while first and _same_model(chain[first - 1], asked):
            first -= 1
        while end < len(chain) and _same_model(chain[end], asked):
            end += 1
    return (*chain[:first], *chain[end:])


def _same_model(one: Choice, other: Choice) -> bool:
    return (one.provider, one.model) == (other.provider, other.model)


def counts_against(error: UpstreamError) -> bool:
    """Whether a failure speaks against the provider: not what the caller did wrong, nor what never reached it."""
    if isinstance(error, UpstreamRejected) and error.upstream_status is None:
        return False
    return error.upstream_status not in _CALLERS_FAULT


def pause_before(errors: Sequence[UpstreamError], jitter: float) -> float | None:
    """Return the seconds to wait before those who failed are asked again, or None when that makes no sense.

    Args:
        errors: Why each of them failed.
        jitter: From 0 to 1, so that many callers do not come back at one moment.
    """
    waits = [error.retry_after or 0.0 for error in errors if error.retryable]
    if not waits or min(waits) > _LONGEST_PAUSE:
        return None
    return max(min(waits), _BASE_SECONDS * (1 + jitter))


def telling_error(errors: Sequence[RouterError]) -> RouterError:
    """Return the failure a caller should hear of: the first that passes with time, else the first.

    Trying again later makes sense as soon as one model of the chain may come back; the others do not matter then.
    """
    return next((error for error in errors if error.retryable), errors[0])
