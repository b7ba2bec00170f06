"""OpenClaw's image: pulled where a registry answers, else put together from the pinned packages."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

from hack.cluster.progress import Progress
from hack.images import docker
from hack.images.archive import ImageConfig, write_archive
from hack.images.cache import Cache, content_key
from hack.images.debian import base_key, base_layer
from hack.images.layer import Layer, LayerWriter
from hack.images.openclaw_home import home_key, openclaw_home

__all__ = ["build_openclaw", "openclaw_key", "openclaw_reference"]

_USER = 1000
"""User and group `node` of the official image."""


def openclaw_reference() -> str:
    """Return the official name of the image, with the pinned version as its tag."""
    package = json.loads(Path(__file__).with_name("openclaw").joinpath("package.json").read_text())
    return f"ghcr.io/openclaw/openclaw:{package['dependencies']['openclaw']}"


def openclaw_key() -> str:
    """Name the image by everything that goes into it."""
    here = Path(__file__)
    return content_key(here.parent, [here], [openclaw_reference(), home_key(), base_key()])


def build_openclaw(cache: Cache, progress: Progress, *, pull: bool) -> Path:
    """Return the image's archive, made when it is not in the cache.

    Args:
        cache: where it is kept.
        progress: who is told.
        pull: whether Docker is asked for the official image first.

    Raises:
        ImageError: when neither way is open; the message names the remedy.
    """
    target = cache.path("openclaw", openclaw_key(), ".tar")
    with cache.making(target) as part:
        if part is not None and not (pull and docker.pull_and_save(openclaw_reference(), part, progress)):
            _compose(part, cache, progress)
    return target


def _compose(archive: Path, cache: Cache, progress: Progress) -> None:
    base = base_layer(cache, progress)
    home = openclaw_home(cache, progress)
    with progress.step("OpenClaw's image"):
        layers = (base, _node_layer(home, base, archive.parent), _openclaw_layer(home, archive.parent))
        write_archive(archive, [openclaw_reference()], _config(), layers)


def _node_layer(home: Path, base: Layer, folder: Path) -> Layer:
    """Hold Node.js and its user, which change less often than OpenClaw."""
    writer = LayerWriter(folder / "node.tar")
    with tarfile.open(base.path) as tar:
        for name, line in (
            ("etc/passwd", f"node:x:{_USER}:{_USER}::/home/node:/bin/bash\n"),
            ("etc/group", f"node:x:{_USER}:\n"),
        ):
            content = tar.extractfile(name)
            writer.add_file(name, (content.read() if content else b"") + line.encode())
    writer.add_file_from(home / "bin/node", "usr/local/bin/node")
    for name, mode in (
        ("home/node", 0o755),
        ("home/node/.config", 0o755),
        ("home/node/.config/openclaw", 0o700),
        ("home/node/.openclaw", 0o700),
        ("home/node/.openclaw/workspace", 0o700),
    ):
        writer.add_folder(name, mode, _USER)
    return writer.finish()


def _openclaw_layer(home: Path, folder: Path) -> Layer:
    writer = LayerWriter(folder / "openclaw.tar")
    writer.add_folder("app")
    writer.add_tree(home / "node_modules", "app/node_modules", owner=0)
    writer.add_file_from(home / "package.json", "app/package.json")
    writer.add_link("app/openclaw.mjs", "node_modules/openclaw/openclaw.mjs")
    writer.add_link("usr/local/bin/openclaw", "/app/openclaw.mjs")
    return writer.finish()


def _config() -> ImageConfig:
    """Start it as the official image does."""
    return ImageConfig(
        environment={"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "NODE_ENV": "production"},
        entrypoint=("tini", "-s", "--"),
        command=("node", "openclaw.mjs", "gateway"),
        user="node",
        folder="/app",
        ports=(18789,),
        labels={"org.opencontainers.image.title": "OpenClaw, built locally from its npm package"},
    )
