"""Run other programs: quiet when they work, their last words when they do not, none left behind."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from hack.images.errors import ImageError

__all__ = ["run"]

_LAST_LINES = 25
"""How much of a failed program's output is worth a person's time."""

_GRACE_SECONDS = 10.0
"""How long an interrupted program may clean up before it is killed."""


def run(command: Sequence[str], folder: Path | None = None, extra: Mapping[str, str] | None = None) -> str:
    """Run a program to its end and return what it wrote, standard error included.

    Args:
        command: the program and its arguments.
        folder: where it runs; default: here.
        extra: environment variables on top of ours.

    Raises:
        ImageError: when it cannot be started or fails.
    """
    try:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **(extra or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
    except OSError as error:
        raise ImageError(f"{command[0]} cannot be started: {error.strerror}") from error
    with process:
        try:
            output, _ = process.communicate()
        except BaseException:
            _end_group(process)
            raise
    if process.returncode:
        tail = "\n".join(output.splitlines()[-_LAST_LINES:])
        raise ImageError(f"failed with exit code {process.returncode}: {shlex.join(command)}\n{tail}")
    return output


def _end_group(process: subprocess.Popen[str]) -> None:
    """End a program together with what it started: an interrupted build must not go on writing."""
    for signal_number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, signal_number)
            process.wait(timeout=_GRACE_SECONDS)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue
