"""Where built things are kept: named by the content they were made from, complete or absent."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hack.cluster.locking import hold
from hack.cluster.paths import cache_folder

__all__ = ["Cache", "content_key"]

_KEPT = 3
"""How many versions of a thing are kept: the current one, and two to go back to without building."""


def content_key(root: Path, files: Iterable[Path], facts: Iterable[str] = ()) -> str:
    """Name what is made from these files: the same content gives the same key on every machine.

    Args:
        root: the folder that file names are relative to.
        files: what goes in; their order does not matter.
        facts: what else decides, for example a version or the processor.
    """
    digest = hashlib.sha256()
    for file in sorted(files):
        mode = "x" if os.access(file, os.X_OK) else "-"
        content = hashlib.sha256(file.read_bytes()).hexdigest()
        digest.update(f"{file.relative_to(root)}\0{mode}\0{content}\n".encode())
    for fact in facts:
        digest.update(f"fact\0{fact}\n".encode())
    return digest.hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Cache:
    """Keep files and folders under `<name>-<key><suffix>`; whoever finds one there may rely on it."""

    folder: Path

    @classmethod
    def of_this_user(cls) -> Cache:
        """Return the cache that all checkouts of this user share."""
        return cls(cache_folder() / "images")

    def path(self, name: str, key: str, suffix: str = "") -> Path:
        """Return where a thing is, or will be."""
        return self.folder / f"{name}-{key}{suffix}"

    @contextmanager
    def making(self, target: Path) -> Iterator[Path | None]:
        """Offer a temporary path to make a thing at, or None when it is there already.

        Builders of the same thing wait for each other. The temporary path becomes the target when the block ends
        well; after an interruption nothing of it can be taken for the whole.
        """
        if target.exists():
            os.utime(target)
            yield None
            return
        kind = target.name.rpartition("-")[0]
        with hold(self.folder / "locks" / f"{kind}.lock"):
            if target.exists():
                yield None
                return
            self._sweep(kind)
            with self.scratch(kind) as folder:
                part = folder / target.name
                yield part
                part.replace(target)
            self._forget_old(target)

    @contextmanager
    def scratch(self, kind: str) -> Iterator[Path]:
        """Offer a folder on the same disk that is gone afterwards."""
        parent = self.folder / "unfinished"
        parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f"{kind}.", dir=parent))
        try:
            yield folder
        finally:
            shutil.rmtree(folder)

    def entries(self) -> list[Path]:
        """Return everything complete, by name."""
        if not self.folder.is_dir():
            return []
        return sorted(path for path in self.folder.iterdir() if "-" in path.name)

    def _sweep(self, kind: str) -> None:
        """Remove what a killed build of the same kind left; its lock is ours, so nobody works there."""
        for folder in (self.folder / "unfinished").glob(f"{kind}.*"):
            shutil.rmtree(folder)

    def _forget_old(self, target: Path) -> None:
        kind, _, rest = target.name.rpartition("-")
        suffix = Path(rest).suffix
        siblings = [path for path in self.entries() if _is_version_of(path, kind, suffix)]
        for path in sorted(siblings, key=lambda path: path.stat().st_mtime, reverse=True)[_KEPT:]:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _is_version_of(path: Path, kind: str, suffix: str) -> bool:
    return path.name.rpartition("-")[0] == kind and path.suffix == suffix
