"""A provider on an address of this machine that pods reach: what it answers is decided by looking at the request."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from typing_extensions import override

from tests.support.scripted_upstream import Received, Reply, failure

__all__ = ["HostUpstream", "Rule", "host_upstream"]

Rule = Callable[[Received], Reply]


@dataclass
class HostUpstream:
    """Rules by model, and what was asked.

    Attributes:
        address: Host and port, for base URLs.
    """

    address: str
    rules: dict[str, Rule] = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)

    def chart_values(self) -> dict[str, str]:
        """Return what makes a release ask this server instead of providers; whoever installs it anew says it again."""
        names = ("gemini", "groq", "openai", "openrouter")
        urls = {f"providerUrls.{name}": f"http://{self.address}/v1" for name in names}
        return {**urls, "providerUrls.anthropic": f"http://{self.address}"}

    def answer(self, request: Received) -> Reply:
        """Note a request and return what its model's rule says."""
        self.received.append(request)
        rule = self.rules.get(request.json["model"])
        return failure(404, f"no rule for {request.json['model']}") if rule is None else rule(request)


@contextlib.contextmanager
def host_upstream(host: str) -> Iterator[HostUpstream]:
    """Serve on any free port of this address until the block ends."""
    with ThreadingHTTPServer((host, 0), BaseHTTPRequestHandler) as server:
        upstream = HostUpstream(f"{host}:{server.server_port}")
        server.RequestHandlerClass = _handler_of(upstream)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, name="host-upstream")
        thread.start()
        try:
            yield upstream
        finally:
            server.shutdown()
            thread.join()


def _handler_of(upstream: HostUpstream) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply = upstream.answer(Received("POST", self.path, headers, body))
            self.send_response(reply.status)
            for name, value in reply.headers:
                self.send_header(name, value)
            self.end_headers()
            for piece in reply.pieces:
                if isinstance(piece, bytes):
                    self.wfile.write(piece)
                    self.wfile.flush()

        @override
        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler
