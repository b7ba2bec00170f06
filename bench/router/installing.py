"""Installs a peer once, into the cache folder, with the ordinary client of its registry."""

import platform
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from bench.router.errors import BenchError
from bench.router.peers import Peer
from hack.cluster.paths import cache_folder
from hack.cluster.progress import Progress

__all__ = ["install"]

_INSTALL_SECONDS: Final = 900.0
_READY: Final = ".ready"
"""Written last: a folder without it was interrupted and is made anew."""


def install(peer: Peer, commands: Callable[[Path], Sequence[Sequence[str]]]) -> Path:
    """Return the folder of an installed peer, running the commands that make it where it is missing.

    Raises:
        BenchError: A command is missing or failed.
    """
    folder = cache_folder() / "bench" / f"{peer.name}-{peer.version}-python-{platform.python_version()}"
    if (folder / _READY).exists():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with Progress().step(f"installing {peer.name} {peer.version} into {folder}"):
        for command in commands(folder):
            _run(command)
    (folder / _READY).touch()
    return folder


def _run(command: Sequence[str]) -> None:
    """Run a command whose output a person sees on standard error."""
    if shutil.which(command[0]) is None:
        raise BenchError(f"{command[0]} is missing: install it, or leave out the peer that needs it")
    try:
        subprocess.run(list(command), check=True, stdout=2, timeout=_INSTALL_SECONDS)  # noqa: S603 - ours
    except subprocess.CalledProcessError as error:
        raise BenchError(f"{' '.join(command)} failed with {error.returncode}") from error
    except subprocess.TimeoutExpired as error:
        raise BenchError(f"{' '.join(command)} took more than {_INSTALL_SECONDS:.0f} s") from error
