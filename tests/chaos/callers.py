"""Callers: each sends requests one after the other and writes down what it saw."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from http import HTTPStatus

import aiohttp

from tests.chaos.fates import Departure, Fate, fate_of
from tests.chaos.upstream import MARK

__all__ = ["Callers", "Seen", "Sight"]

_AWAY_SECONDS = 0.1
_ANSWER_SECONDS = 60.0


class Sight(StrEnum):
    """What a caller saw."""

    WHOLE = "whole answer"
    FAILED = "failure"
    BROKEN = "answer that broke off with an error"
    LEFT = "left"
    LOST = "connection lost"


@dataclass(frozen=True, slots=True)
class Seen:
    """What became of one request, as its caller saw it.

    Attributes:
        request_id: The router's name for it, where it came that far.
        status: Of the answer; 0 without one.
        at: When that was, in seconds of a clock that only grows.
    """

    number: int
    sight: Sight
    request_id: str = ""
    status: int = 0
    at: float = field(default_factory=time.monotonic)


class Callers:
    """Many callers at once.

    Args:
        url: The router's.
        tokens: Agents' tokens, taken in turn.
        seed: Of the fates.
        slowness: See `fate_of`.
    """

    def __init__(self, url: str, tokens: Sequence[str], seed: int, slowness: float) -> None:
        self.seen: list[Seen] = []
        self._url = url
        self._tokens = tokens
        self._seed = seed
        self._slowness = slowness

    async def run(self, requests: int, concurrency: int) -> None:
        """Send so many requests, so many at once."""
        numbers = iter(range(requests))
        limits = aiohttp.ClientTimeout(total=_ANSWER_SECONDS)
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(timeout=limits, connector=connector) as session, asyncio.TaskGroup() as group:
            for _ in range(concurrency):
                group.create_task(self._call_on(session, numbers))

    async def _call_on(self, session: aiohttp.ClientSession, numbers: Iterator[int]) -> None:
        for number in numbers:
            while (seen := await self._call(session, number)) is None:  # noqa: ASYNC110 - nobody tells when it is back
                await asyncio.sleep(_AWAY_SECONDS)
            self.seen.append(seen)

    async def _call(self, session: aiohttp.ClientSession, number: int) -> Seen | None:
        """Send one request; None where nobody took it."""
        fate = fate_of(self._seed, number, self._slowness)
        seconds = fate.seconds / 3 if fate.departure is Departure.EARLY else None
        try:
            async with asyncio.timeout(seconds):
                return await self._ask(session, number, fate)
        except TimeoutError:
            return Seen(number, Sight.LEFT)
        except aiohttp.ClientConnectorError:
            return None
        except aiohttp.ClientError:
            return Seen(number, Sight.LOST)

    async def _ask(self, session: aiohttp.ClientSession, number: int, fate: Fate) -> Seen:
        body = {
            "model": "router",
            "stream": fate.streamed,
            "messages": [{"role": "user", "content": f"{MARK}{number}"}],
        }
        token = self._tokens[number % len(self._tokens)]
        headers = {"authorization": f"Bearer {token}"}
        async with session.post(f"{self._url}/v1/chat/completions", json=body, headers=headers) as answer:
            name = answer.headers.get("x-request-id", "")
            if answer.status != HTTPStatus.OK:
                await answer.read()
                return Seen(number, Sight.FAILED, name, answer.status)
            said = b""
            try:
                async for piece in answer.content.iter_any():
                    said += piece
                    if fate.departure is Departure.MIDWAY:
                        return Seen(number, Sight.LEFT, name, answer.status)
            except aiohttp.ClientError:
                return Seen(number, Sight.LOST, name, answer.status)
        whole = not fate.streamed or b"data: [DONE]" in said
        return Seen(number, Sight.WHOLE if whole else Sight.BROKEN, name, answer.status)
