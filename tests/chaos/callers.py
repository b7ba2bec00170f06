"""Callers: each sends requests one after the other and writes down what it saw."""

import asyncio
import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from http import HTTPStatus

import aiohttp

from tests.chaos.fates import Departure, Fate, Fates
from tests.chaos.marks import Marks

__all__ = ["Callers", "Seen", "Sight"]

_ANSWER_SECONDS = 60.0
_END = b"data: [DONE]"


class Sight(StrEnum):
    """What a caller saw."""

    WHOLE = "whole answer"
    FAILED = "failure"
    BROKEN = "answer that broke off with an error"
    LEFT = "caller left"
    LOST = "connection lost"
    NOTHING = "no end within a minute"


@dataclass(slots=True)
class Seen:
    """What became of one request, as its caller saw it; moments are of the monotonic clock.

    Attributes:
        request_id: The router's name for it, where it came that far.
        status: Of the answer; 0 without one.
    """

    number: int
    begun: float
    ended: float = math.inf
    sight: Sight = Sight.NOTHING
    request_id: str = ""
    status: int = 0


@dataclass(slots=True)
class Callers:
    """Many callers at once.

    Attributes:
        url: The router's.
        present: Set while the router is ready; whoever was turned away waits for that.
        tokens: Agents' tokens by the agents' names.
        seen: What they saw, in the order of the ends.
        at_next_end: Called once, in the moment in which some caller sees an answer's last word.
    """

    url: str
    present: asyncio.Event
    tokens: Mapping[str, str]
    fates: Fates
    marks: Marks
    seen: list[Seen] = field(default_factory=list)
    at_next_end: Callable[[], None] | None = None

    async def run(self, requests: int, concurrency: int) -> None:
        """Send so many requests, so many at once."""
        numbers = iter(range(requests))
        nothing_else = aiohttp.ClientTimeout(total=None)
        connector = aiohttp.TCPConnector(limit=0)
        session = aiohttp.ClientSession(timeout=nothing_else, connector=connector)
        async with session, asyncio.TaskGroup() as group:
            for _ in range(concurrency):
                group.create_task(self._call_on(session, numbers))

    async def _call_on(self, session: aiohttp.ClientSession, numbers: Iterator[int]) -> None:
        for number in numbers:
            while (seen := await self._call(session, number)) is None:
                await self.present.wait()
            seen.ended = time.monotonic()
            self.seen.append(seen)
            if seen.sight is Sight.LOST:
                await self.present.wait()

    async def _call(self, session: aiohttp.ClientSession, number: int) -> Seen | None:
        """Send one request; None where nobody took it."""
        fate, seen = self.fates.of(number), Seen(number, time.monotonic())
        early = fate.departure is Departure.EARLY
        try:
            async with asyncio.timeout(fate.seconds / 3 if early else _ANSWER_SECONDS):
                seen.sight = await self._ask(session, fate, seen)
        except TimeoutError:
            seen.sight = Sight.LEFT if early else Sight.NOTHING
        except aiohttp.ClientConnectorError:
            return None
        except aiohttp.ClientError:
            seen.sight = Sight.LOST
        return seen

    async def _ask(self, session: aiohttp.ClientSession, fate: Fate, seen: Seen) -> Sight:
        message = {"role": "user", "content": self.marks.text_of(seen.number)}
        body = {"model": "router", "stream": fate.streamed, "messages": [message]}
        headers = {"authorization": f"Bearer {self.tokens[self.marks.agent_of(seen.number)]}"}
        async with session.post(f"{self.url}/v1/chat/completions", json=body, headers=headers) as answer:
            seen.request_id, seen.status = answer.headers.get("x-request-id", ""), answer.status
            if answer.status != HTTPStatus.OK:
                await answer.read()
                return Sight.FAILED
            if fate.streamed:
                return await self._read_stream(answer, fate)
            await answer.read()
            self._tell_end()
            return Sight.WHOLE

    async def _read_stream(self, answer: aiohttp.ClientResponse, fate: Fate) -> Sight:
        """Read events; whoever has seen the closing mark has seen the whole, whatever happens then."""
        said, whole = b"", False
        try:
            async for piece in answer.content.iter_any():
                said += piece
                if fate.departure is Departure.MIDWAY:
                    return Sight.LEFT
                if not whole and _END in said:
                    whole = True
                    self._tell_end()
        except aiohttp.ClientError:
            if not whole:
                raise
        return Sight.WHOLE if whole else Sight.BROKEN

    def _tell_end(self) -> None:
        told, self.at_next_end = self.at_next_end, None
        if told is not None:
            told()
