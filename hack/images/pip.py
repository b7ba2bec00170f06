"""Ask the machine's pip: for its settings, and for pinned packages."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

from hack.images.errors import ImageError
from hack.images.programs import run

__all__ = ["download", "install", "settings"]


def download(requirements: Path, folder: Path) -> list[Path]:
    """Download the wheels that a requirements file pins by hash.

    Raises:
        ImageError: when there is no pip, the index does not answer, or a hash differs.
    """
    options = ("--quiet", "--no-deps", "--only-binary", ":all:", "--require-hashes")
    run([*_pip(folder), "download", *options, "--dest", str(folder), "--requirement", str(requirements)])
    return sorted(folder.glob("*.whl"))


def install(requirements: Path, folder: Path) -> None:
    """Install what a requirements file pins by hash into a folder of its own, and nothing that it depends on.

    Raises:
        ImageError: when there is no pip, the index does not answer, or a hash differs.
    """
    options = ("--quiet", "--no-deps", "--no-compile", "--only-binary", ":all:", "--require-hashes")
    run([*_pip(folder.parent), "install", *options, "--target", str(folder), "--requirement", str(requirements)])


def settings(scratch: Path) -> dict[str, str]:
    """Return pip's settings by name, whether they come from a file or the environment; they may hold passwords."""
    found = {}
    for line in run([*_pip(scratch), "config", "list"]).splitlines():
        name, _, value = line.partition("=")
        found[name.rpartition(".")[2]] = str(ast.literal_eval(value))
    return found


def _pip(scratch: Path) -> list[str]:
    """Return the command of this Python's pip, or of one in a throwaway environment (Debian keeps them apart)."""
    own = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    if subprocess.run([*own, "--version"], capture_output=True, check=False).returncode == 0:
        return own
    environment = scratch / "pip"
    if not environment.exists():
        try:
            run([sys.executable, "-m", "venv", str(environment)])
        except ImageError as error:
            raise ImageError(f"pip is missing; install it (Debian: apt-get install python3-venv)\n{error}") from error
    return [str(environment / "bin/python"), "-m", "pip", "--disable-pip-version-check"]
