from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.people_in_memory import ANA, EVE
from tests.support.review_server import ReviewServer
from tests.support.running_router import RunningRouter, running_router
from tests.support.scripted_upstream import ScriptedUpstream

SESSION = "/api/v1/session"
TOKENS = {"token-of-ana": ANA, "token-of-eve": EVE}


@dataclass
class Front:
    """A router and the API server that it asks about people."""

    router: RunningRouter
    server: ReviewServer

    def grant(self, *rights: str) -> None:
        """Let people do this and nothing else, from now on: what the router remembers is half a minute old at most."""
        self.server.people.rights = set(rights)
        self.router.process.access._answers._looks.clear()

    async def sign_in(self, token: str, **headers: str) -> httpx.Response:
        return await self.router.http.post(SESSION, json={"token": token}, headers=headers)

    async def browser(self, token: str) -> "Browser":
        async with httpx.AsyncClient(base_url=self.router.url, timeout=10) as http:
            signed_in = await http.post(SESSION, json={"token": token})
            assert signed_in.status_code == 201, signed_in.text
            return Browser(self.router.http, dict(http.cookies), signed_in.json())


@dataclass
class Browser:
    """Somebody who is signed in."""

    http: httpx.AsyncClient
    cookies: dict[str, str]
    session: dict[str, Any]

    async def ask(self, method: str, path: str, *, json: Any = None, **headers: str) -> httpx.Response:
        """Send a request as the dashboard does, with the CSRF token unless a header says otherwise."""
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        own = {"cookie": cookie, "x-vutler-csrf": self.session["csrf"], "sec-fetch-site": "same-origin"}
        own |= {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.request(method, path, json=json, headers={k: v for k, v in own.items() if v})


@pytest.fixture
async def front(tmp_path: Path, upstream: ScriptedUpstream) -> AsyncIterator[Front]:
    async with ReviewServer.running() as server:
        server.people.tokens = dict(TOKENS)
        kubeconfig = server.kubeconfig(tmp_path)
        async with running_router(tmp_path, upstream, cluster="auto", kubeconfig=kubeconfig) as router:
            yield Front(router, server)
