"""Asks one model after the other until one answers: keys, models, a second round, all under one deadline.

Keys of the platform are asked by turns; one that is over its rate for a moment keeps the request waiting, not failing.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

import structlog

from vutler_router.errors import InvalidRequest, RouterError, UpstreamBusy, UpstreamError
from vutler_router.providers.target import Target
from vutler_router.routing.breaker import BreakerKey, Breakers
from vutler_router.routing.failover import (
    ROUNDS,
    Step,
    counts_against,
    left_after,
    pause_before,
    step_after,
    telling_error,
)
from vutler_router.services.answering.attempts import Ask
from vutler_router.services.answering.drains import Drains
from vutler_router.services.answering.exchange import Exchange
from vutler_router.services.answering.pacing import KeyPacer, Limit, Turn

__all__ = ["Failover"]

_log = structlog.get_logger(__name__)

T = TypeVar("T")


class FailureCounter(Protocol):
    """Counts attempts that brought no answer."""

    def attempt_failed(self, target: Target, error: UpstreamError) -> None:
        """Count one."""


@dataclass(slots=True)
class _Failures:
    """What went wrong so far; `passing` may be asked again."""

    errors: list[RouterError] = field(default_factory=list)
    passing: list[tuple[Target, UpstreamError]] = field(default_factory=list)


class Failover:
    """Finds somebody who answers.

    Args:
        breakers: What is not to be asked now.
        drains: Takes over what nobody waits for any more.
        failures: Counts them.
        pacer: Says whose turn it is at the platform's keys.
        monotonic: Seconds that only grow.
        sleep: Waits.
        jitter: A number from 0 to 1.
    """

    def __init__(
        self,
        breakers: Breakers,
        drains: Drains,
        failures: FailureCounter,
        pacer: KeyPacer,
        monotonic: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._breakers = breakers
        self._drains = drains
        self._failures = failures
        self._pacer = pacer
        self._monotonic = monotonic
        self._sleep = sleep
        self._jitter = jitter

    async def first(
        self, exchange: Exchange, chain: Sequence[Target], ask: Ask[T], answered: Callable[[BreakerKey], None]
    ) -> tuple[T, Target]:
        """Return the first answer and whose it is; `answered` tells a breaker of it.

        Raises:
            InvalidRequest: No target can do what is asked for.
            UpstreamError: Nobody answered; of all failures the most telling one.
        """
        for last in range(ROUNDS - 1, -1, -1):
            failures = _Failures()
            found = await self._round(exchange, chain, ask, answered, failures)
            if found is not None:
                return found
            pause = pause_before([error for _, error in failures.passing], self._jitter()) if last else None
            if pause is None or self._monotonic() + pause >= exchange.deadline:
                break
            await self._sleep(pause)
            chain = [target for target, error in failures.passing if (error.retry_after or 0.0) <= pause]
        raise telling_error(failures.errors)

    async def _round(
        self,
        exchange: Exchange,
        chain: Sequence[Target],
        ask: Ask[T],
        answered: Callable[[BreakerKey], None],
        failures: _Failures,
    ) -> tuple[T, Target] | None:
        """Ask each target once. Raises what stops the request at once."""
        back: Turn | None = None
        while chain:
            try:
                turn = self._pacer.at_once(chain, back) or await self._pacer.turn(exchange, chain, back)
            except UpstreamBusy as error:
                failures.errors.append(error)
                break
            step, refusal = Step.NEXT_KEY, self._refusal(turn)
            try:
                if refusal is None:
                    return await self._asked(exchange, turn, ask, answered), turn.target
                failures.errors.append(refusal)
            except InvalidRequest as error:
                failures.errors.append(error)
            except UpstreamError as error:
                step = self._note(exchange, turn, error, failures)
                if step is Step.STOP:
                    raise
            back = turn if turn.limit is not None else None
            chain = left_after(step, chain, turn.target)
        return None

    def _refusal(self, turn: Turn) -> UpstreamError | None:
        """Return why a breaker lets nothing through, if so; the turn goes to somebody else then."""
        try:
            self._breakers.admit(turn.target.identity)
        except UpstreamError as error:
            self._pacer.unused(turn)
            return error
        return None

    def _note(self, exchange: Exchange, turn: Turn, error: UpstreamError, failures: _Failures) -> Step:
        """Write a failed attempt down and say where to go from here."""
        target = turn.target
        step = Step.AGAIN if turn.limit is Limit.AGAIN else step_after(error)
        if step is not Step.AGAIN:
            failures.errors.append(error)
        if error.retryable and turn.limit is None:
            failures.passing.append((target, error))
        self._failures.attempt_failed(target, error)
        _log.warning(
            "attempt failed",
            request_id=exchange.request_id,
            agent=exchange.agent.id,
            provider=target.provider.value,
            model=target.model,
            attempt=exchange.attempts,
            code=error.code,
            upstream_status=error.upstream_status,
            next=step.value,
        )
        return step

    async def _asked(self, exchange: Exchange, turn: Turn, ask: Ask[T], answered: Callable[[BreakerKey], None]) -> T:
        """Ask one target, and tell its breaker and whoever paces its key what came of it."""
        identity, before = turn.target.identity, exchange.attempts
        reported = False
        try:
            answer = await self._call(exchange, turn.target, ask)
            answered(identity)
            reported = True
            self._pacer.answered(turn)
        except UpstreamError as error:
            self._pacer.failed(turn, error)
            if counts_against(error) and turn.limit in {None, Limit.LASTING}:
                self._breakers.failed(identity, error)
                reported = True
            raise
        else:
            return answer
        finally:
            self._pacer.sent(turn, exchange.attempts - before)
            if not reported:
                self._breakers.released(identity)

    async def _call(self, exchange: Exchange, target: Target, ask: Ask[T]) -> T:
        """Ask; a caller who leaves cancels the provider only where that stops the bill."""
        if target.definition.cancel_stops_bill:
            try:
                return await ask(exchange, target)
            except asyncio.CancelledError:
                if exchange.sent:
                    await self._drains.cut(exchange, target)
                raise
        asked = asyncio.ensure_future(ask(exchange, target))
        try:
            return await asyncio.shield(asked)
        except asyncio.CancelledError:
            self._drains.take_attempt(exchange, target, asked)
            raise
