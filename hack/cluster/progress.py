"""Tell a person what is going on: a line per step, how long it took, whether it worked."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

__all__ = ["Progress"]

_HEARTBEAT_SECONDS = 15.0
"""How often a long step says that it is still alive."""


class Progress:
    """Print steps to a stream; colours only when it is a terminal.

    Messages go to standard error, so that the output of `kubeconfig` or `binaries` can be captured.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._colour = self._stream.isatty()

    def say(self, message: str) -> None:
        """Print one line."""
        print(message, file=self._stream, flush=True)

    def warn(self, message: str) -> None:
        """Print one line that should not be overlooked."""
        self.say(self._paint("33", f"! {message}"))

    def fail(self, message: str) -> None:
        """Print the reason why a command ends without success."""
        self.say(self._paint("31", f"error: {message}"))

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Time a piece of work: its name, a heartbeat when it is long, then `ok` or `failed`."""
        started = time.monotonic()
        done = threading.Event()
        beat = threading.Thread(target=self._beat, args=(title, started, done), daemon=True)
        beat.start()
        try:
            yield
        except BaseException:
            self._end(title, started, self._paint("31", "failed"))
            raise
        else:
            self._end(title, started, self._paint("32", "ok"))
        finally:
            done.set()
            beat.join()

    def _beat(self, title: str, started: float, done: threading.Event) -> None:
        while not done.wait(_HEARTBEAT_SECONDS):
            self.say(f"  {title} … {time.monotonic() - started:.0f} s")

    def _end(self, title: str, started: float, outcome: str) -> None:
        self.say(f"  {title} {outcome} ({time.monotonic() - started:.1f} s)")

    def _paint(self, code: str, text: str) -> str:
        return f"\033[{code}m{text}\033[0m" if self._colour else text
