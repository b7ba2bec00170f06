"""Ask a Docker engine, where one runs."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from hack.cluster.progress import Progress
from hack.images.errors import ImageError
from hack.images.programs import run

__all__ = ["build_and_save", "engine_answers", "has_or_pulls", "pull_and_save"]

_ANSWER_SECONDS = 10.0
"""An engine that says nothing for so long is no engine."""


def engine_answers() -> bool:
    """Say whether there is a Docker client and its engine answers."""
    if shutil.which("docker") is None:
        return False
    command = ["docker", "version", "--format", "{{.Server.Version}}"]
    try:
        return subprocess.run(command, capture_output=True, check=False, timeout=_ANSWER_SECONDS).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def has_or_pulls(reference: str, progress: Progress) -> bool:
    """Say whether the engine has an image, after an attempt to pull it if it has not."""
    try:
        run(["docker", "image", "inspect", reference])
    except ImageError:
        try:
            with progress.step(f"docker pull {reference}"):
                run(["docker", "pull", "--quiet", reference])
        except ImageError:
            progress.warn(f"no registry gave {reference}; building it here")
            return False
    return True


def pull_and_save(reference: str, archive: Path, progress: Progress) -> bool:
    """Write an archive of a published image; say whether that was possible."""
    if not has_or_pulls(reference, progress):
        return False
    with progress.step(f"docker save {reference}"):
        run(["docker", "save", "--output", str(archive), reference])
    return True


def build_and_save(context: Path, reference: str, archive: Path, progress: Progress) -> None:
    """Build the Dockerfile of a folder and write the image's archive.

    Raises:
        ImageError: when the build fails.
    """
    with progress.step(f"docker build of {reference}"):
        run(["docker", "build", "--tag", reference, str(context)])
        run(["docker", "save", "--output", str(archive), reference])
