"""Two providers in one server, which do to each request what its fate says and remember what they answered."""

import asyncio
import contextlib
import json
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from aiohttp import web

from tests.chaos.fates import Fate, Trouble, completion_tokens, fate_of, prompt_tokens

__all__ = ["MANAGED_KEY", "MARK", "Providers"]

MANAGED_KEY = "sk-of-the-platform"
"""A key that everybody on a plan shares: it is never refused for its rate, or they would all slow down."""

MARK = "chaos "
"""Stands before a request's number in its message."""

_FAILURES = {Trouble.FAILS: 500, Trouble.OVERLOADED: 503, Trouble.LIMITED: 429}


@dataclass(slots=True)
class Told:
    """What a provider did with one request; each counted once per attempt.

    Attributes:
        asked: Attempts.
        whole: Answers given to the last byte.
        partial: Answers that began and did not come to their end.
    """

    asked: int = 0
    whole: int = 0
    partial: int = 0


@dataclass(slots=True)
class Providers:
    """The server, and what it remembers.

    Attributes:
        told: By request number, what both providers did with it.
    """

    seed: int
    slowness: float
    url: str = ""
    told: defaultdict[int, Told] = field(default_factory=lambda: defaultdict(Told))

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["Providers"]:
        """Serve for the life of the block."""
        app = web.Application(client_max_size=1 << 20)
        app.router.add_post("/{provider}/v1/chat/completions", self._serve)
        runner = web.AppRunner(app, access_log=None, handler_cancellation=True)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield self
        finally:
            await runner.cleanup()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        number = int(body["messages"][-1]["content"].removeprefix(MARK))
        fate = fate_of(self.seed, number, self.slowness)
        trouble = fate.first if request.match_info["provider"] == "first" else fate.second
        if trouble is Trouble.LIMITED and MANAGED_KEY in request.headers["authorization"]:
            trouble = Trouble.FAILS
        told = self.told[number]
        told.asked += 1
        if trouble in _FAILURES:
            headers = {"retry-after": "1"} if trouble is Trouble.LIMITED else {}
            error = {"error": {"message": "chaos", "type": "server_error"}}
            return web.json_response(error, status=_FAILURES[trouble], headers=headers)
        if trouble is Trouble.HANGS_UP:
            _abort(request)
            return web.Response()
        try:
            if fate.streamed:
                return await self._stream(request, number, fate, trouble, told)
            return await self._whole(request, number, fate, told)
        except ConnectionResetError:  # whoever asked is gone
            return web.Response()

    async def _whole(self, request: web.Request, number: int, fate: Fate, told: Told) -> web.StreamResponse:
        told.partial += 1
        await asyncio.sleep(fate.seconds)
        message = {"role": "assistant", "content": "x" * 40}
        body = {
            "id": f"a-{number}",
            "object": "chat.completion",
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": _usage(number),
        }
        response = web.json_response(body)
        await response.prepare(request)
        await response.write_eof()
        told.partial -= 1
        told.whole += 1
        return response

    async def _stream(
        self, request: web.Request, number: int, fate: Fate, trouble: Trouble, told: Told
    ) -> web.StreamResponse:
        told.partial += 1
        response = web.StreamResponse(headers={"content-type": "text/event-stream"})
        await response.prepare(request)
        for piece in range(fate.pieces):
            await response.write(_event(number, {"delta": {"content": "word "}, "index": 0, "finish_reason": None}))
            await asyncio.sleep(fate.seconds / fate.pieces)
            if piece == 0 and trouble is Trouble.CUTS:
                _abort(request)
                return response
            if piece == 0 and trouble is Trouble.BREAKS:
                await response.write(b'data: {"error":{"message":"chaos","type":"server_error"}}\n\n')
                await response.write_eof()
                return response
        await response.write(_event(number, {"delta": {}, "index": 0, "finish_reason": "stop"}))
        usage = {"id": f"a-{number}", "object": "chat.completion.chunk", "choices": [], "usage": _usage(number)}
        await response.write(b"data: " + json.dumps(usage).encode() + b"\n\ndata: [DONE]\n\n")
        await response.write_eof()
        told.partial -= 1
        told.whole += 1
        return response


def _usage(number: int) -> dict[str, int]:
    prompt, completion = prompt_tokens(number), completion_tokens(number)
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


def _event(number: int, choice: dict[str, object]) -> bytes:
    chunk = {"id": f"a-{number}", "object": "chat.completion.chunk", "choices": [choice]}
    return b"data: " + json.dumps(chunk).encode() + b"\n\n"


def _abort(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()
