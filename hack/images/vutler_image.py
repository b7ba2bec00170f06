"""Vutler's own image, from the Dockerfile: with Docker, or with buildah on a local stand-in for its base."""

from __future__ import annotations

import tomllib
from fnmatch import fnmatch
from pathlib import Path

from hack.cluster.paths import REPOSITORY
from hack.cluster.progress import Progress
from hack.dashboard.build import publish_dashboard
from hack.images import docker
from hack.images.archive import ImageConfig, write_archive
from hack.images.buildah import Buildah, shared_with_build
from hack.images.cache import Cache, content_key
from hack.images.debian import base_key, base_layer
from hack.images.machine import BUILDAH, DEBOOTSTRAP, processor, require

__all__ = ["build_vutler", "context_files", "vutler_key", "vutler_reference"]

_BASE = "docker.io/library/python:3.11-slim"
"""The base that the Dockerfile names."""

_RECIPE = ("Dockerfile", ".dockerignore")


def vutler_reference(repository: Path = REPOSITORY) -> str:
    """Return the image's full name, with the project's version as its tag."""
    project = tomllib.loads((repository / "pyproject.toml").read_text())["project"]
    return f"docker.io/library/{project['name']}:{project['version']}"


def context_files(repository: Path) -> list[Path]:
    """Return the files that a build sees, as .dockerignore says (`!path` lets in, `**/name` keeps out)."""
    lines = (repository / ".dockerignore").read_text().splitlines()
    ignored = [line.removeprefix("**/") for line in lines if line.startswith("**/")]
    admitted = [repository / line.removeprefix("!") for line in lines if line.startswith("!")]
    files = [repository / name for name in _RECIPE]
    for place in admitted:
        files += [place] if place.is_file() else [path for path in place.rglob("*") if path.is_file()]
    return [file for file in files if not any(_is_below(file, repository, pattern) for pattern in ignored)]


def vutler_key(repository: Path = REPOSITORY) -> str:
    """Name the image by everything that goes into it."""
    return content_key(repository, context_files(repository), [vutler_reference(repository), processor(), base_key()])


def build_vutler(cache: Cache, progress: Progress, *, engine: str) -> Path:
    """Return the image's archive, built when it is not in the cache; the dashboard is built before.

    Args:
        cache: where it is kept.
        progress: who is told.
        engine: `docker` or `buildah`; Docker gives way to buildah when no registry has the base image.

    Raises:
        ImageError: when the build fails or cannot start; the message names the remedy.
    """
    publish_dashboard(cache, progress)
    target = cache.path("vutler", vutler_key(), ".tar")
    with cache.making(target) as part:
        if part is None:
            return target
        if engine == "docker" and docker.has_or_pulls(_BASE, progress):
            docker.build_and_save(REPOSITORY, vutler_reference(), part, progress)
        else:
            _build_here(part, cache, progress)
    return target


def _build_here(archive: Path, cache: Cache, progress: Progress) -> None:
    require((DEBOOTSTRAP, BUILDAH), progress)
    buildah = Buildah(cache.folder / "buildah")
    buildah.tidy()
    _provide_base(buildah, archive.parent, cache, progress)
    with progress.step("Vutler's image (buildah)"):
        buildah.build(REPOSITORY, vutler_reference(), shared_with_build(archive.parent))
        buildah.save(vutler_reference(), archive)


def _provide_base(buildah: Buildah, scratch: Path, cache: Cache, progress: Progress) -> None:
    """Put the stand-in for the base image into buildah's store, unless it is there."""
    layer = base_layer(cache, progress)
    config = ImageConfig(environment={"PATH": "/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin"}, command=["python3"])
    archive = scratch / "base.tar"
    if buildah.knows(_BASE, config.image_id([layer])):
        return
    with progress.step(f"stand-in for {_BASE}"):
        write_archive(archive, [_BASE], config, [layer])
        buildah.load(archive)
        archive.unlink()


def _is_below(file: Path, repository: Path, pattern: str) -> bool:
    return any(fnmatch(part, pattern) for part in file.relative_to(repository).parts)
