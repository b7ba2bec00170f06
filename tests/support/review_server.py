"""As much of an API server as people on the dashboard need: reviews, and some resources, from memory, over HTTP."""

import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.support.people_in_memory import PeopleInMemory
from vutler_router.domain.caller import UserCaller
from vutler_router.domain.cluster_accounts import Verb

__all__ = ["ReviewServer"]

COLLECTIONS = ("/agents", "/agenttemplates", "/events")


@dataclass
class ReviewServer:
    """A server on a loopback port.

    Attributes:
        people: Who it answers for.
        status: Answered in place of an answer, if not None.
        received: Paths and bodies of all reviews.
        objects: Resources by their paths.
        refused: Status answered for a path in place of its resource.
    """

    people: PeopleInMemory = field(default_factory=PeopleInMemory)
    status: int | None = None
    received: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    objects: dict[str, dict[str, Any]] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)
    port: int = 0

    @classmethod
    @contextlib.asynccontextmanager
    async def running(cls) -> "AsyncIterator[ReviewServer]":
        """Serve for the life of the block."""
        server = cls()
        app = web.Application()
        app.router.add_post("/apis/authentication.k8s.io/v1/tokenreviews", server._token)
        app.router.add_post("/apis/authorization.k8s.io/v1/subjectaccessreviews", server._access)
        app.router.add_get("/{path:api.*/namespaces/.*}", server._get)
        app.router.add_post("/{path:api.*/namespaces/.*}", server._post)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        server.port = runner.addresses[0][1]
        try:
            yield server
        finally:
            await runner.cleanup()

    def kubeconfig(self, folder: Path) -> str:
        """Write a file that leads here and return its path."""
        config = {
            "current-context": "x",
            "contexts": [{"name": "x", "context": {"cluster": "x", "user": "x"}}],
            "clusters": [{"name": "x", "cluster": {"server": f"http://127.0.0.1:{self.port}"}}],
            "users": [{"name": "x", "user": {"token": "token-of-the-router"}}],
        }
        (folder / "kubeconfig").write_text(json.dumps(config))
        return str(folder / "kubeconfig")

    async def _token(self, request: web.Request) -> web.Response:
        spec = await self._spec(request)
        user = await self.people.holder_of(spec["token"])
        if user is None:
            return self._answer({"authenticated": False, "error": "invalid bearer token"})
        extra = {name: list(values) for name, values in user.extra.items()}
        shown = {"username": user.name, "uid": user.uid, "groups": list(user.groups), "extra": extra}
        return self._answer({"authenticated": True, "user": shown})

    async def _access(self, request: web.Request) -> web.Response:
        spec = await self._spec(request)
        asked = spec["resourceAttributes"]
        user = UserCaller(spec["user"], spec["uid"], tuple(spec["groups"]))
        allowed = asked["group"] == "vutler.io" and asked["resource"] == "agents"
        allowed = allowed and await self.people.may(
            user, Verb(asked["verb"]), asked.get("namespace", ""), asked.get("name", "")
        )
        return self._answer({"allowed": allowed, "reason": "by the test"})

    async def _get(self, request: web.Request) -> web.Response:
        if (status := self.refused.get(request.path, self.status)) is not None:
            return web.json_response({"kind": "Status", "message": "no"}, status=status)
        if request.path.endswith(COLLECTIONS):
            found = [one for path, one in sorted(self.objects.items()) if path.startswith(f"{request.path}/")]
            return web.json_response({"metadata": {}, "items": found})
        if request.path not in self.objects:
            return web.json_response({"kind": "Status", "message": "not found"}, status=404)
        return web.json_response(self.objects[request.path])

    async def _post(self, request: web.Request) -> web.Response:
        made = await request.json()
        path = f"{request.path}/{made['metadata']['name']}"
        status = self.refused.get(request.path, self.status) or (409 if path in self.objects else None)
        if status is not None:
            return web.json_response({"kind": "Status", "message": "no"}, status=status)
        self.objects[path] = made
        return web.json_response(made, status=201)

    async def _spec(self, request: web.Request) -> dict[str, Any]:
        body = await request.json()
        self.received.append((request.path, body))
        spec: dict[str, Any] = body["spec"]
        return spec

    def _answer(self, status: dict[str, Any]) -> web.Response:
        if self.status is not None:
            return web.json_response({"kind": "Status", "message": "no"}, status=self.status)
        return web.json_response({"status": status}, status=201)
