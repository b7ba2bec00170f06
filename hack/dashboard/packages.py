"""Keep `ui/node_modules` as the lock file says."""

from __future__ import annotations

from pathlib import Path

from hack.cluster.locking import hold
from hack.cluster.paths import REPOSITORY
from hack.cluster.progress import Progress
from hack.dashboard.node import Node
from hack.images.cache import Cache, content_key
from hack.images.programs import run

__all__ = ["UI", "install_packages", "is_installed"]

UI = REPOSITORY / "ui"

_OPTIONS = ("--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund")
"""No package's install script gets to run; what the cache of npm holds is not asked for again."""

_STAMP = "node_modules/.installed-from"
"""Names the lock file that npm installed from, once it has; `npm ci` begins by removing it."""


def is_installed(ui: Path = UI) -> bool:
    """Say whether what lies in `node_modules` was installed from the present lock file."""
    stamp = ui / _STAMP
    return stamp.exists() and stamp.read_text() == _wanted(ui)


def install_packages(node: Node, cache: Cache, progress: Progress) -> None:
    """Install the packages of the lock file, unless they are there.

    Raises:
        ImageError: when the registry does not answer or a digest differs.
    """
    if is_installed():
        return
    with hold(cache.folder / "locks/dashboard-packages.lock"):
        if is_installed():
            return
        with progress.step("the dashboard's packages (npm, a minute from an empty cache)"):
            run([*node.npm, "ci", *_OPTIONS], folder=UI, extra=node.environment())
        (UI / _STAMP).write_text(_wanted(UI))


def _wanted(ui: Path) -> str:
    return content_key(ui, [ui / "package-lock.json", ui / ".npmrc"])
