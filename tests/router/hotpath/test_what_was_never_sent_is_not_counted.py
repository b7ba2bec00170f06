import contextlib
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from tests.support.running_router import running_router
from tests.support.scripted_upstream import Pause, ScriptedUpstream, answer
from vutler_router.settings import ProviderName


@contextlib.contextmanager
def unreachable() -> Iterator[str]:
    """An address that lets nobody in: its queue of connections is full, and nobody takes one out."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(2):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


async def test_who_leaves_before_the_provider_is_reached_has_no_row(tmp_path: Path, upstream: ScriptedUpstream) -> None:
    with unreachable() as url:
        async with running_router(tmp_path, upstream, provider_urls={ProviderName.OPENAI: url}) as router:
            token = await router.agent()
            router.http.timeout = httpx.Timeout(0.3)
            with pytest.raises(httpx.TimeoutException):
                await router.chat(token)

            assert await router.rows() == []


async def test_who_leaves_after_the_provider_was_asked_has_one(tmp_path: Path) -> None:
    slow = replace(answer(), before=(Pause(5),))
    async with ScriptedUpstream.running(slow) as upstream, running_router(tmp_path, upstream) as router:
        token = await router.agent()
        router.http.timeout = httpx.Timeout(0.3)
        with pytest.raises(httpx.TimeoutException):
            await router.chat(token)

        assert [row["status"] for row in await router.rows()] == ["cancelled"]
