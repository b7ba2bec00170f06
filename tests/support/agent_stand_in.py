"""A stand-in for an agent's pod: the gateway's chat over a real socket, with a behaviour that the test decides."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.support.scripted_upstream import delta, event, usage_chunk
from vutler_router.serving import GracefulServer, listen, url_of
from vutler_router.wire.asgi import Receive, Scope, Send, read_body

__all__ = ["Behaviour", "Heard", "StandIn", "echo", "standing_in"]

GATEWAY_TOKEN = "gateway-token-of-the-tests"


@dataclass(frozen=True)
class Heard:
    """One request to the gateway."""

    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def session(self) -> str:
        """The conversation's name."""
        return str(self.body.get("user", ""))

    @property
    def text(self) -> str:
        """What was said last."""
        return str(self.body["messages"][-1]["content"])

    def model_messages(self) -> list[dict[str, str]]:
        """Return what OpenClaw would ask its model, with the line that names the session (2026.9.6)."""
        runtime = (
            f"Runtime: name=Ava | agent=main | session=agent:main:openai-user:{self.session} | sessionId=9e11 | os=x"
        )
        return [{"role": "user", "content": f"[Fri 2026-11-20 18:19 UTC] {self.text}\n\n{runtime}"}]


Behaviour = Callable[[Heard], AsyncIterator[str]]


@dataclass
class StandIn:
    """A gateway; what it heard, and whether its callers waited."""

    behave: Behaviour
    status: int = 200
    raw: bytes | None = None
    url: str = ""
    heard: list[Heard] = field(default_factory=list)
    left: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        heard = Heard(headers, json.loads(await read_body(receive, None, 1 << 20)))
        self.heard.append(heard)
        answering = asyncio.create_task(self._answer(heard, send))
        leaving = asyncio.create_task(self._gone(receive))
        await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not answering.done():
            self.left.set()
        for task in (answering, leaving):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _answer(self, heard: Heard, send: Send) -> None:
        head = [(b"content-type", b"text/event-stream")]
        if heard.headers["authorization"] != f"Bearer {GATEWAY_TOKEN}":
            await send({"type": "http.response.start", "status": 401, "headers": []})
            await send({"type": "http.response.body", "body": b"{}"})
            return
        await send({"type": "http.response.start", "status": self.status, "headers": head})
        if self.raw is not None:
            await send({"type": "http.response.body", "body": self.raw})
            return
        async for text in self.behave(heard):
            await send({"type": "http.response.body", "body": event(delta(text)), "more_body": True})
        end = event(delta(finish="stop")) + event(usage_chunk()) + event("[DONE]")
        await send({"type": "http.response.body", "body": end})

    async def _gone(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass


async def echo(heard: Heard) -> AsyncIterator[str]:
    """Say what was said, in two pieces."""
    yield "You said: "
    yield heard.text


@asynccontextmanager
async def standing_in(behave: Behaviour = echo) -> AsyncIterator[StandIn]:
    """Run a gateway on a loopback port."""
    stand_in, listener = StandIn(behave), listen("127.0.0.1", 0)
    server = GracefulServer(stand_in, 1, lambda: None)
    serving = asyncio.create_task(server.run_on(listener))
    stand_in.url = url_of(listener)
    try:
        yield stand_in
    finally:
        server.should_exit = server.force_exit = True
        await serving
