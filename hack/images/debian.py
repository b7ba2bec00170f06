"""The root file system under the images that are made here: Debian 12 with Python, as in the official images."""

from __future__ import annotations

import shutil
from pathlib import Path

from hack.cluster.progress import Progress
from hack.images.cache import Cache, content_key
from hack.images.layer import Layer, LayerWriter
from hack.images.machine import DEBOOTSTRAP, processor, require
from hack.images.programs import run

__all__ = ["base_key", "base_layer"]

_SUITE = "bookworm"

_PACKAGES = ("ca-certificates", "curl", "openssl", "procps", "python3", "python3-venv", "tini")
"""What the official images of OpenClaw and of Python have and our two images use; one root serves both."""

_LEFT_OUT = (
    "dev/*",
    "etc/hostname",
    "etc/machine-id",
    "etc/resolv.conf",
    "usr/share/doc/*",
    "usr/share/info/*",
    "usr/share/locale/*",
    "usr/share/man/*",
    "var/cache/apt/*",
    "var/cache/debconf/*-old",
    "var/lib/apt/lists/*",
    "var/log/*",
)
"""What is made anew by whoever runs a container, belongs to this machine, or is for people to read."""

_COMMANDS = {"python": "python3.11", "python3": "python3.11", "python3.11": "python3.11"}
"""The official Python image has its interpreter in /usr/local/bin, under these names."""


def base_key() -> str:
    """Name the root file system by its recipe, which is this file."""
    here = Path(__file__)
    return content_key(here.parent, [here], [processor()])


def base_layer(cache: Cache, progress: Progress) -> Layer:
    """Return the root file system as a layer, made by debootstrap when it is not in the cache.

    Raises:
        ImageError: when debootstrap is missing and cannot be installed, or fails.
    """
    target = cache.path("debian", base_key())
    with cache.making(target) as part:
        if part is not None:
            require((DEBOOTSTRAP,), progress)
            part.mkdir()
            root = part / "root"
            with progress.step(f"Debian {_SUITE} root file system (debootstrap, 1-2 minutes)"):
                _install(root)
                _clean(root)
                layer = _pack(root, part / "layer.tar")
            (part / "sha256").write_text(layer.sha256)
            shutil.rmtree(root)
    return Layer(target / "layer.tar", (target / "sha256").read_text())


def _install(root: Path) -> None:
    """Run debootstrap with mounts of its own: if it is killed, no /proc stays mounted where we will delete."""
    run(
        [
            *("unshare", "--mount", "--propagation", "private"),
            *("debootstrap", "--variant=minbase", f"--include={','.join(_PACKAGES)}"),
            *(_SUITE, str(root)),
        ]
    )


def _clean(root: Path) -> None:
    for pattern in _LEFT_OUT:
        for path in root.glob(pattern):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()


def _pack(root: Path, tar: Path) -> Layer:
    writer = LayerWriter(tar)
    writer.add_tree(root)
    for name, target in _COMMANDS.items():
        writer.add_link(f"usr/local/bin/{name}", f"/usr/bin/{target}")
    return writer.finish()
