"""Write docker-archives: a manifest, a configuration and plain layer tars, as `docker save` does.

Layout: the Docker image specification v1.2, "Combined Image JSON + Filesystem Changeset Format".
"""

from __future__ import annotations

import hashlib
import io
import json
import platform
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hack.images.layer import CREATED_EPOCH, Layer

__all__ = ["ImageConfig", "write_archive"]

_CREATED = "2026-01-01T00:00:00Z"
"""The date in every configuration: a constant, so that equal content gives equal digests (and buildah's cache hits)."""


@dataclass(frozen=True, slots=True)
class ImageConfig:
    """Say how a container of an image starts."""

    environment: Mapping[str, str]
    command: Sequence[str]
    entrypoint: Sequence[str] = ()
    user: str = ""
    folder: str = "/"
    ports: Sequence[int] = ()
    labels: Mapping[str, str] = field(default_factory=dict)

    def document(self, layers: Sequence[Layer]) -> bytes:
        """Return the configuration as JSON; its digest is the image's id."""
        running: dict[str, object] = {
            "Env": [f"{name}={value}" for name, value in self.environment.items()],
            "Cmd": list(self.command),
            "Entrypoint": list(self.entrypoint) or None,
            "User": self.user,
            "WorkingDir": self.folder,
            "ExposedPorts": {f"{port}/tcp": {} for port in self.ports},
            "Labels": dict(self.labels),
        }
        document = {
            "architecture": {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine()),
            "os": "linux",
            "created": _CREATED,
            "config": running,
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{layer.sha256}" for layer in layers]},
            "history": [{"created": _CREATED, "created_by": "hack/images"} for _ in layers],
        }
        return json.dumps(document, indent=1, sort_keys=True).encode()

    def image_id(self, layers: Sequence[Layer]) -> str:
        """Return the id of the image that these layers make."""
        return hashlib.sha256(self.document(layers)).hexdigest()


def write_archive(path: Path, names: Sequence[str], config: ImageConfig, layers: Sequence[Layer]) -> None:
    """Put an image's pieces into one tar that `ctr images import`, `docker load` and buildah take."""
    document = config.document(layers)
    image = config.image_id(layers)
    members = [f"{layer.sha256}/layer.tar" for layer in layers]
    manifest = [{"Config": f"{image}.json", "RepoTags": list(names), "Layers": members}]
    with tarfile.open(path, "w", format=tarfile.GNU_FORMAT) as tar:
        _add_bytes(tar, "manifest.json", json.dumps(manifest).encode())
        _add_bytes(tar, f"{image}.json", document)
        for layer, member in zip(layers, members, strict=True):
            entry = tarfile.TarInfo(member)
            entry.size = layer.path.stat().st_size
            entry.mtime = CREATED_EPOCH
            with layer.path.open("rb") as content:
                tar.addfile(entry, content)


def _add_bytes(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    entry.mtime = CREATED_EPOCH
    tar.addfile(entry, io.BytesIO(content))
