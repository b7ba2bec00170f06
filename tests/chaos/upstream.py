"""Two providers in one server, which do to each request what its fate says and remember what they did."""

import asyncio
import contextlib
import json
import math
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from enum import StrEnum

from tests.chaos.fates import Fate, Fates, Trouble
from tests.chaos.marks import WORD, number_in, usage_of
from tests.chaos.server import Channel, Received, serving

__all__ = ["FIRST", "MANAGED_KEY", "SECOND", "Attempt", "Outcome", "Providers"]

FIRST, SECOND = "openai", "mistral"
"""Who is asked, and who stands in. Leaving the one stops its bill; what the other has begun, the router reads on."""

MANAGED_KEY = "sk-of-the-platform"
"""A key that everybody on a plan shares: it is never refused for its rate, or they would all slow down."""

_FAILURES = {Trouble.FAILS: 500, Trouble.OVERLOADED: 503, Trouble.LIMITED: 429}
_ERROR = b'{"error":{"message":"chaos","type":"server_error"}}'


class Outcome(StrEnum):
    """What became of an attempt, as its provider saw it."""

    REFUSED = "refused"
    CUT = "cut off"
    BROKEN = "ended by an error event"
    WHOLE = "answered whole"
    LEFT = "left by the router"


@dataclass(slots=True)
class Attempt:
    """One request to one provider; moments are of the monotonic clock."""

    provider: str
    begun: float
    ended: float = math.inf
    outcome: Outcome = Outcome.LEFT

    @property
    def answered(self) -> bool:
        """Whether an answer was given or begun."""
        return self.outcome is not Outcome.REFUSED


@dataclass(slots=True)
class Providers:
    """The server, and what it remembers.

    Attributes:
        attempts: By request number, in order.
    """

    fates: Fates
    url: str = ""
    attempts: defaultdict[int, list[Attempt]] = field(default_factory=lambda: defaultdict(list))

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["Providers"]:
        """Serve `/<provider>/v1` for the life of the block."""
        async with serving(self._serve) as self.url:
            yield self

    async def _serve(self, received: Received, channel: Channel) -> None:
        number = number_in(json.loads(received.body)["messages"][-1]["content"])
        attempt = Attempt(received.path.split("/")[1], time.monotonic())
        self.attempts[number].append(attempt)
        try:
            await self._answer(received, channel, number, attempt)
        except ConnectionError:  # whoever asked is gone
            pass
        finally:
            attempt.ended = time.monotonic()

    async def _answer(self, received: Received, channel: Channel, number: int, attempt: Attempt) -> None:
        fate = self.fates.of(number)
        trouble = fate.first if attempt.provider == FIRST else fate.second
        if trouble is Trouble.LIMITED and MANAGED_KEY in received.headers["authorization"]:
            trouble = Trouble.FAILS
        if trouble is Trouble.HANGS_UP:
            attempt.outcome = Outcome.REFUSED
            channel.abort()
        elif trouble in _FAILURES:
            attempt.outcome = Outcome.REFUSED
            headers = {"retry-after": "1"} if trouble is Trouble.LIMITED else {}
            await channel.send_whole(_FAILURES[trouble], _ERROR, **headers)
        elif fate.streamed:
            attempt.outcome = await _stream(channel, number, fate, trouble)
        else:
            await asyncio.sleep(fate.seconds)
            await channel.send_whole(200, _completion(number, fate))
            attempt.outcome = Outcome.WHOLE


async def _stream(channel: Channel, number: int, fate: Fate, trouble: Trouble) -> Outcome:
    await channel.begin_stream()
    for piece in range(fate.pieces):
        choice = {"index": 0, "delta": {"content": WORD}, "finish_reason": None}
        await channel.send_piece(_event(number, choices=[choice]))
        await asyncio.sleep(fate.seconds / fate.pieces)
        if piece == 0 and trouble is Trouble.CUTS:
            channel.abort()
            return Outcome.CUT
        if piece == 0 and trouble is Trouble.BREAKS:
            await channel.end_stream(b"data: " + _ERROR + b"\n\n")
            return Outcome.BROKEN
    await channel.send_piece(_event(number, choices=[{"index": 0, "delta": {}, "finish_reason": "stop"}]))
    await channel.end_stream(_event(number, choices=[], usage=_usage(number)) + b"data: [DONE]\n\n")
    return Outcome.WHOLE


def _completion(number: int, fate: Fate) -> bytes:
    message = {"role": "assistant", "content": WORD * fate.pieces}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    body = {"id": f"a-{number}", "object": "chat.completion", "choices": [choice], "usage": _usage(number)}
    return json.dumps(body).encode()


def _event(number: int, **fields: object) -> bytes:
    chunk = {"id": f"a-{number}", "object": "chat.completion.chunk", **fields}
    return b"data: " + json.dumps(chunk).encode() + b"\n\n"


def _usage(number: int) -> dict[str, object]:
    usage = usage_of(number)
    return {
        "prompt_tokens": usage.prompt,
        "completion_tokens": usage.completion,
        "total_tokens": usage.total,
        "prompt_tokens_details": {"cached_tokens": usage.cached},
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning},
    }
