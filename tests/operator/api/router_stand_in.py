"""A router of a hundred lines over real HTTP: what the operator calls, kept in a dictionary."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from typing_extensions import override

from tests.operator.api.operator_process import TOKEN


class StandInRouter:
    """Agents by id, a log of calls, and switches for what goes wrong."""

    def __init__(self) -> None:
        self.agents: dict[str, dict[str, Any]] = {}
        self.usage: list[dict[str, Any]] = []
        self.month = "2026-11"
        self.calls: list[str] = []
        self.refused: dict[str, dict[str, Any]] = {}
        """Agent id to the error with which its PUT is refused."""
        self.down = False
        self.delay_seconds = 0.0
        """How long it takes for each answer."""
        self.key_troubles: list[dict[str, Any]] = []
        self.page_size = 500
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answer(
        self, method: str, path: str, body: dict[str, Any] | None, cursor: str = ""
    ) -> tuple[int, dict[str, Any] | None]:
        time.sleep(self.delay_seconds)
        if self.down:
            return 503, {"error": {"message": "not now", "code": "unavailable"}}
        identifier = path.removeprefix("/api/v1/agents/")
        if method == "GET":
            return self._show(path, cursor)
        match method:
            case "PUT" if body is not None:
                return self._put(identifier, body)
            case "DELETE" if self.agents.pop(identifier, None):
                return 204, None
            case _:
                return 404, {"error": {"message": "unknown"}}

    def _show(self, path: str, cursor: str) -> tuple[int, dict[str, Any]]:
        match path:
            case "/api/v1/agents":
                return 200, self._page(cursor)
            case "/api/v1/usage/summary":
                return 200, {"period": "month", "from": f"{self.month}-01T00:00:00+00:00", "agents": self.usage}
            case "/api/v1/key-troubles":
                return 200, {"key_troubles": self.key_troubles}
            case _:
                return 404, {"error": {"message": "unknown"}}

    def _page(self, cursor: str) -> dict[str, Any]:
        after = sorted(key for key in tuple(self.agents) if key > cursor)
        shown = after[: self.page_size]
        return {
            "agents": [{"id": key, **self.agents[key]} for key in shown],
            "next_cursor": shown[-1] if len(after) > len(shown) else None,
        }

    def _put(self, identifier: str, body: dict[str, Any]) -> tuple[int, dict[str, Any] | None]:
        if identifier in self.refused:
            return 400, {"error": self.refused[identifier]}
        self.agents[identifier] = body
        return 200, {"id": identifier}


@contextmanager
def run_stand_in(router: StandInRouter) -> Iterator[StandInRouter]:
    """Serve a stand-in on a free loopback port."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            path, query = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
            router.calls.append(f"{self.command} {path}")
            signed_in = self.headers.get("Authorization") == f"Bearer {TOKEN}"
            status, answer = (
                router.answer(self.command, path, body, *query.get("cursor", ())) if signed_in else (401, {"error": {}})
            )
            content = b"" if answer is None else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_PUT = do_DELETE = handle_one  # noqa: N815  names that http.server looks for

        @override
        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", router.port), Handler)
    router.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield router
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
