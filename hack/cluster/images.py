"""Make image archives and put them into a node's containerd; no registry is involved."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hack.cluster.errors import ClusterError
from hack.cluster.paths import ClusterPaths
from hack.cluster.processes import run
from hack.cluster.progress import Progress

__all__ = [
    "PAUSE_IMAGE",
    "import_archive",
    "is_loaded",
    "load_images",
    "read_archive",
    "write_image",
    "write_pause_image",
]

PAUSE_IMAGE = "localhost/vutler-pause:1"
_EPOCH = "1970-01-01T00:00:00Z"
"""All archives of one program are equal byte for byte."""


def write_pause_image(program: Path, archive: Path) -> Path:
    """Write the image that holds a pod's namespaces open: one static program."""
    settings = {"Entrypoint": ["/pause"], "User": "65535:65535"}
    return write_image(archive, PAUSE_IMAGE, {"pause": (program.read_bytes(), 0o755)}, settings)


def write_image(archive: Path, name: str, files: Mapping[str, tuple[bytes, int]], settings: dict[str, Any]) -> Path:
    """Write a docker-archive of one image with one layer.

    Args:
        archive: the file to write.
        name: name and tag of the image.
        files: content and mode of each file by its path, without leading slash.
        settings: what runs in it: `Entrypoint`, `User` and so on.
    """
    layer = _tar(files)
    config = json.dumps(
        {
            "architecture": _architecture(),
            "os": "linux",
            "created": _EPOCH,
            "config": settings,
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(layer).hexdigest()}"]},
            "history": [{"created": _EPOCH, "created_by": "vutler"}],
        },
    ).encode()
    config_name = f"{hashlib.sha256(config).hexdigest()}.json"
    manifest = [{"Config": config_name, "RepoTags": [name], "Layers": ["layer.tar"]}]
    parts = {config_name: config, "layer.tar": layer, "manifest.json": json.dumps(manifest).encode()}
    archive.write_bytes(_tar({part: (data, 0o644) for part, data in parts.items()}))
    return archive


def read_archive(archive: Path) -> dict[str, str]:
    """Return the id (digest of the configuration) of each image name in a docker-archive.

    Raises:
        ClusterError: when the file is no docker-archive.
    """
    try:
        with tarfile.open(archive) as tar:
            manifest: list[dict[str, Any]] = json.loads(_read(tar, "manifest.json"))
            return {
                tag: f"sha256:{hashlib.sha256(_read(tar, image['Config'])).hexdigest()}"
                for image in manifest
                for tag in image["RepoTags"] or ()
            }
    except (OSError, tarfile.TarError, KeyError, ValueError, TypeError) as error:
        raise ClusterError(
            f"{archive} is no docker-archive ({error}): write it with `… docker-archive:FILE`"
        ) from error


def is_loaded(images: dict[str, str], listing: str) -> bool:
    """Say whether containerd has these images already.

    Args:
        images: id by name, as `read_archive` returns them.
        listing: output of `ctr images list`; its Kubernetes plugin lists each image under its name and its id,
            with the same target.
    """
    rows = (line.split() for line in listing.splitlines()[1:])
    targets = {name: target for name, _kind, target, *_rest in rows}
    wanted = ((qualified(name), image) for name, image in images.items())
    return all(name in targets and targets[name] == targets.get(image) for name, image in wanted)


def qualified(name: str) -> str:
    """Return an image name as containerd writes it: with the default registry and folder spelt out."""
    first, slash, _ = name.partition("/")
    if not slash:
        return f"docker.io/library/{name}"
    if first == "localhost" or "." in first or ":" in first:
        return name
    return f"docker.io/{name}"


def load_images(paths: ClusterPaths, archives: Sequence[Path], progress: Progress) -> None:
    """Import archives that are not there yet.

    Raises:
        ClusterError: when an archive is no image or containerd refuses it.
    """
    for archive in archives:
        images = read_archive(archive)
        names = ", ".join(images)
        if is_loaded(images, _ctr(paths, "images", "list")):
            progress.say(f"  {names} is loaded already")
            continue
        with progress.step(f"load {names}"):
            _ctr(paths, "images", "import", str(archive))


def import_archive(paths: ClusterPaths, archive: Path) -> bool:
    """Import an archive unless it is there; False when containerd does not answer yet."""
    try:
        if not is_loaded(read_archive(archive), _ctr(paths, "images", "list")):
            _ctr(paths, "images", "import", str(archive))
    except ClusterError:
        return False
    return True


def _ctr(paths: ClusterPaths, *arguments: str) -> str:
    return run("ctr", "--address", str(paths.containerd_socket), "--namespace", "k8s.io", *arguments)


def _read(tar: tarfile.TarFile, name: str) -> bytes:
    member = tar.extractfile(name)
    if member is None:
        raise KeyError(name)
    return member.read()


def _tar(files: Mapping[str, tuple[bytes, int]]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, (data, mode) in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(data), mode
            tar.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()


def _architecture() -> str:
    machine = run("uname", "-m").strip()
    return {"x86_64": "amd64", "aarch64": "arm64"}.get(machine, machine)
