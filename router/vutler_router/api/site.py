"""The built dashboard in memory: what is not among its files cannot be asked for, wherever a path leads."""

import gzip
import hashlib
import mimetypes
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from vutler_router.errors import BrokenFile

__all__ = ["Site", "SiteFile"]

_INDEX: Final = "index.html"
_HASHED: Final = "assets/"
"""Where Vite puts what carries its content's hash in its name."""

_FOREVER: Final = "public, max-age=31536000, immutable"
_ASK_AGAIN: Final = "no-cache"
_LARGEST: Final = 64 * 1024 * 1024
_TEXTS: Final = ("text/", "application/javascript", "application/json", "application/manifest+json", "image/svg+xml")
_WORTHWHILE: Final = 512
"""Bytes from which on compressing is worth it."""

_KINDS: Final[Mapping[str, str]] = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".woff2": "font/woff2",
    ".webmanifest": "application/manifest+json",
    ".map": "application/json",
    ".svg": "image/svg+xml",
}
"""What the machine's own table of types may not know, or may say otherwise."""


@dataclass(frozen=True, slots=True)
class SiteFile:
    """A file as it is sent.

    Attributes:
        packed: The body under gzip, where that is smaller.
        tag: Its `ETag`, with the quotes.
    """

    body: bytes
    packed: bytes | None
    kind: str
    tag: str
    caching: str


class Site:
    """The files of a folder, by their paths in it."""

    def __init__(self, files: Mapping[str, SiteFile]) -> None:
        self._files = files

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read a folder.

        Raises:
            BrokenFile: It cannot be read, has no index.html, or is no built dashboard but something large.
        """
        if not (folder / _INDEX).is_file():
            raise BrokenFile(f"ROUTER_UI_DIR: {folder} has no {_INDEX}; name the folder of the built dashboard.")
        try:
            return cls({name: _file(name, body) for name, body in _bodies(folder)})
        except OSError as error:
            raise BrokenFile(f"ROUTER_UI_DIR: {folder} cannot be read ({error.strerror}).") from None

    def find(self, path: str) -> SiteFile | None:
        """Return the file at a path of the address; the front page for the address itself."""
        return self._files.get(path.removeprefix("/") or _INDEX)

    @property
    def index(self) -> SiteFile:
        """The front page, which finds its way to every page of the dashboard."""
        return self._files[_INDEX]


def _bodies(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Go through the files that are really inside; a link out of the folder leads nowhere."""
    root, size = folder.resolve(), 0
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or not path.resolve().is_relative_to(root):
            continue
        size += path.stat().st_size
        if size > _LARGEST:
            raise BrokenFile(f"ROUTER_UI_DIR: {folder} holds more than {_LARGEST} bytes; it is no built dashboard.")
        yield path.relative_to(folder).as_posix(), path.read_bytes()


def _file(name: str, body: bytes) -> SiteFile:
    kind = _KINDS.get(Path(name).suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    packed = None
    if kind.startswith(_TEXTS):
        if len(body) >= _WORTHWHILE:
            smaller = gzip.compress(body, mtime=0)
            packed = smaller if len(smaller) < len(body) else None
        kind = f"{kind}; charset=utf-8"
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    return SiteFile(body, packed, kind, tag, _FOREVER if name.startswith(_HASHED) else _ASK_AGAIN)
