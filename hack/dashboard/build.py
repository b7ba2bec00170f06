"""Build the dashboard, and put it where the router, the wheel and the image take it from."""

from __future__ import annotations

import filecmp
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from hack.cluster.locking import hold
from hack.cluster.paths import REPOSITORY
from hack.cluster.progress import Progress
from hack.dashboard.node import find_node
from hack.dashboard.packages import UI, install_packages
from hack.images.cache import Cache, content_key
from hack.images.programs import run

__all__ = ["PUBLISHED", "build_dashboard", "dashboard_key", "publish", "publish_dashboard"]

PUBLISHED = REPOSITORY / "router/vutler_router/ui"
"""A part of the package, though not of the repository."""

_NOT_BUILT_IN = frozenset({"node_modules", "dist", "e2e", "scripts", "README.md", ".gitignore"})
"""What lies in `ui/` and changes nothing of what is built."""

_FOR_MEASURING = ".vite"
"""Vite's list of what loads what: for `npm run size`, and not served."""


def dashboard_key(ui: Path = UI) -> str:
    """Name the built dashboard by everything that goes into it."""
    return content_key(ui, _sources(ui), ["1"])


def build_dashboard(cache: Cache, progress: Progress) -> Path:
    """Return the folder of the built dashboard, built when it is not in the cache.

    Raises:
        ImageError: when Node.js or a package cannot be had, or the build fails.
    """
    target = cache.path("dashboard", dashboard_key())
    with cache.making(target) as part:
        if part is not None:
            node = find_node(cache, progress)
            install_packages(node, cache, progress)
            with progress.step("the dashboard (Vite)"):
                build = [*node.npm, "run", "--silent", "build", "--", "--outDir", str(part), "--emptyOutDir"]
                run(build, folder=UI, extra=node.environment(NO_COLOR="1"))
    return target


def publish_dashboard(cache: Cache, progress: Progress) -> Path:
    """Build the dashboard and put it into the router's package; return the built one.

    Raises:
        ImageError: when it cannot be built.
    """
    built = build_dashboard(cache, progress)
    with hold(cache.folder / "locks/dashboard-published.lock"):
        publish(built, PUBLISHED, REPOSITORY / "build")
    return built


def publish(built: Path, place: Path, scratch: Path) -> None:
    """Make a folder hold what was built and nothing else; a router that starts meanwhile finds all of it or nothing.

    Args:
        built: what `build_dashboard` made.
        place: where it goes.
        scratch: a folder on the same disk, for what is not whole yet.
    """
    if _files(built) == _files(place) and not _differing(built, place):
        return
    scratch.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        part = Path(folder, "part")
        shutil.copytree(built, part, ignore=shutil.ignore_patterns(_FOR_MEASURING))
        if place.exists():
            place.rename(Path(folder, "former"))
        part.rename(place)


def _differing(built: Path, place: Path) -> bool:
    _, mismatch, errors = filecmp.cmpfiles(built, place, _files(built), shallow=False)
    return bool(mismatch or errors)


def _files(folder: Path) -> list[str]:
    names = (str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    return sorted(name for name in names if not name.startswith(_FOR_MEASURING))


def _sources(ui: Path) -> Iterator[Path]:
    for path in ui.iterdir():
        if path.name in _NOT_BUILT_IN:
            continue
        if path.is_file():
            yield path
        else:
            yield from (file for file in path.rglob("*") if file.is_file())
