"""Find a Chromium for the browser tests, or install Debian's."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping

from hack.cluster.progress import Progress
from hack.images.machine import Need, Work, require

__all__ = ["find_chromium"]

_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
_WORK = Work("installing a browser", "set CHROMIUM to the path of a Chromium or Chrome")
_CHROMIUM = Need("chromium", "chromium", "shows the dashboard in the browser tests")


def find_chromium(progress: Progress, environment: Mapping[str, str] = os.environ) -> str:
    """Return the path of a browser: what `CHROMIUM` names, one of this machine, or Debian's, installed now.

    Raises:
        ImageError: when there is none and it cannot be installed; the message says what to do.
    """
    if named := environment.get("CHROMIUM"):
        return named
    found = next((path for name in _NAMES if (path := shutil.which(name))), None)
    if found is None:
        require((_CHROMIUM,), progress, _WORK)
        found = shutil.which(_CHROMIUM.program) or _CHROMIUM.program
    return found
