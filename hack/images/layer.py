"""Write the layers of images: tars that come out the same for the same content."""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

__all__ = ["CREATED_EPOCH", "Layer", "LayerWriter"]

CREATED_EPOCH = 1767225600
"""The date of files that are made up here: 2026-01-01, in seconds since 1970."""


@dataclass(frozen=True, slots=True)
class Layer:
    """Point to a layer's tar and hold its digest, the diff id by which containerd shares layers between images."""

    path: Path
    sha256: str


class _HashingWriter:
    """Pass written bytes on and digest them, so that a layer is never read just for its digest."""

    def __init__(self, target: BinaryIO) -> None:
        self._target = target
        self._digest = hashlib.sha256()

    def write(self, data: bytes) -> int:
        self._digest.update(data)
        return self._target.write(data)

    def hexdigest(self) -> str:
        return self._digest.hexdigest()


class LayerWriter:
    """Write one layer; names are relative to the image's root, without a leading slash."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("wb")
        self._hashing = _HashingWriter(self._file)
        # A tar stream only ever writes, so two methods are file enough for it.
        self._tar = tarfile.open(  # noqa: SIM115 - closed by finish(): a writer lives longer than one block
            fileobj=cast("BinaryIO", self._hashing), mode="w|", format=tarfile.GNU_FORMAT
        )

    def add_tree(self, source: Path, prefix: str = "", *, owner: int | None = None) -> None:
        """Add a folder's content, sorted.

        Args:
            source: the folder on disk.
            prefix: the folder in the image that it becomes.
            owner: user and group of everything; None keeps what the disk says.
        """
        for folder, folders, files in os.walk(source):
            folders.sort()
            inside = Path(prefix, Path(folder).relative_to(source))
            for name in sorted([*folders, *files]):
                self._add_from_disk(Path(folder, name), str(inside / name), owner)

    def add_file_from(self, source: Path, name: str) -> None:
        """Add a file from disk with its mode, owned by root."""
        self._add_from_disk(source, name, 0)

    def add_file(self, name: str, content: bytes) -> None:
        """Add a file that everybody may read and only root may change."""
        entry = _entry(name, 0o644)
        entry.size = len(content)
        self._tar.addfile(entry, io.BytesIO(content))

    def add_folder(self, name: str, mode: int = 0o755, owner: int = 0) -> None:
        """Add an empty folder."""
        entry = _entry(name, mode)
        entry.type = tarfile.DIRTYPE
        entry.uid = entry.gid = owner
        self._tar.addfile(entry)

    def add_link(self, name: str, target: str) -> None:
        """Add a symbolic link."""
        entry = _entry(name, 0o777)
        entry.type = tarfile.SYMTYPE
        entry.linkname = target
        self._tar.addfile(entry)

    def finish(self) -> Layer:
        """Complete the tar and return the layer."""
        self._tar.close()
        self._file.close()
        return Layer(self._path, self._hashing.hexdigest())

    def _add_from_disk(self, source: Path, name: str, owner: int | None) -> None:
        entry = self._tar.gettarinfo(source, name)
        entry.mtime = int(entry.mtime)
        entry.uname = entry.gname = ""
        if owner is not None:
            entry.uid = entry.gid = owner
        if not entry.isreg():
            self._tar.addfile(entry)
            return
        with source.open("rb") as content:
            self._tar.addfile(entry, content)


def _entry(name: str, mode: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.mode = mode
    entry.mtime = CREATED_EPOCH
    return entry
