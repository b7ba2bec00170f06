"""One writer at a time, across processes."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["hold"]


@contextmanager
def hold(lock: Path) -> Iterator[None]:
    """Wait for an exclusive lock on a file and hold it; whoever holds it may delete the file.

    The kernel frees it when this process ends. Daemons do not inherit it: Python opens files close-on-exec.
    """
    while True:
        lock.parent.mkdir(parents=True, exist_ok=True)
        try:
            file = lock.open("w")
        except FileNotFoundError:
            continue  # a former holder has just removed the folder
        with file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if _is_current(file.fileno(), lock):
                yield
                return


def _is_current(descriptor: int, lock: Path) -> bool:
    """Say whether the locked file still has its name: a former holder may have deleted it meanwhile."""
    try:
        return os.path.samestat(os.fstat(descriptor), lock.stat())
    except FileNotFoundError:
        return False
