"""Serves the dashboard where the API has nothing, with headers that let its pages do no more than they need."""

from collections.abc import Collection, Iterable
from typing import Final

from starlette.datastructures import Headers
from starlette.routing import BaseRoute

from vutler_router.api.site import Site, SiteFile
from vutler_router.wire.asgi import App, Receive, Scope, Send, encoded

__all__ = ["Dashboard", "first_parts"]

_MODEL_REQUESTS: Final = frozenset({"v1"})

_POLICY: Final = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""No script, style or call of another origin, none written into a page, and no frame around it."""

_STRICT: Final = (
    ("content-security-policy", _POLICY),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
)


class Dashboard:
    """Answers what a browser asks for besides the API; every other request is the API's.

    Args:
        app: The API.
        site: The dashboard's files.
        taken: First parts of paths that are the API's, whether or not there is anything at the whole path.
    """

    def __init__(self, app: App, site: Site, *, taken: Collection[str]) -> None:
        self._app = app
        self._site = site
        self._taken = frozenset(taken)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        file = self._found(scope) if scope["type"] == "http" and scope["method"] in {"GET", "HEAD"} else None
        if file is None:
            await self._app(scope, receive, send)
        else:
            await _send(file, scope, send)

    def _found(self, scope: Scope) -> SiteFile | None:
        """Return the file of this path, or the front page for a page that only the dashboard knows."""
        path: str = scope["path"]
        if _first_part(path) in self._taken:
            return None
        found = self._site.find(path)
        if found is not None or "text/html" not in Headers(scope=scope).get("accept", ""):
            return found
        return self._site.index


def first_parts(routes: Iterable[BaseRoute]) -> frozenset[str]:
    """Return the first parts of the paths of these routes, and of the paths of model requests."""
    paths = (getattr(route, "path", None) for route in routes)
    return frozenset(_first_part(path) for path in paths if path) | _MODEL_REQUESTS


def _first_part(path: str) -> str:
    return path.removeprefix("/").partition("/")[0]


async def _send(file: SiteFile, scope: Scope, send: Send) -> None:
    headers = Headers(scope=scope)
    shared = [("etag", file.tag), ("cache-control", file.caching), ("vary", "accept-encoding"), *_STRICT]
    if _is_known(headers.get("if-none-match", ""), file.tag):
        await send({"type": "http.response.start", "status": 304, "headers": encoded(shared)})
        await send({"type": "http.response.body", "body": b""})
        return
    body, packing = file.body, []
    if file.packed is not None and "gzip" in headers.get("accept-encoding", ""):
        body, packing = file.packed, [("content-encoding", "gzip")]
    described = [("content-type", file.kind), ("content-length", str(len(body))), *packing, *shared]
    await send({"type": "http.response.start", "status": 200, "headers": encoded(described)})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


def _is_known(tags: str, tag: str) -> bool:
    return tag in {given.strip().removeprefix("W/") for given in tags.split(",")}
