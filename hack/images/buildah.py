"""Build a Dockerfile with buildah, without a daemon, a registry, or anything left in the machine's own image store."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hack.images import pip
from hack.images.errors import ImageError
from hack.images.programs import run

__all__ = ["BUILD_HOME", "Buildah", "pip_settings_in_container", "shared_with_build"]

_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
"""The authorities that a build step trusts; on Debian also where this machine keeps its own."""

BUILD_HOME = "/root"
"""The home folder of build steps."""

_KEPT_SETTINGS = ("index-url", "extra-index-url", "find-links", "no-index", "proxy", "timeout", "trusted-host")
"""pip's settings that say where packages come from; how they are installed is the Dockerfile's business."""

_MOST_IMAGES = 300
"""Each build of changed sources leaves about six small ones; this is some fifty builds."""


@dataclass(frozen=True, slots=True)
class Buildah:
    """Run buildah on an image store of its own."""

    storage: Path
    """The store: images and the layers that make the next build fast."""

    def knows(self, reference: str, image: str) -> bool:
        """Say whether the store has an image (its id) under a name."""
        try:
            listed = self._run("images", "--no-trunc", "--quiet", reference)
        except ImageError:
            return False
        return image in listed

    def load(self, archive: Path) -> None:
        """Take an image from an archive, with the name that it has there."""
        self._run("pull", "--quiet", f"docker-archive:{archive}")

    def build(self, context: Path, reference: str, mounts: Mapping[str, str]) -> None:
        """Build a folder's Dockerfile.

        Args:
            context: the folder.
            reference: the name of the result.
            mounts: paths in the build steps by path on this machine; read-only, and not in the image.
        """
        options = ["--isolation", "chroot", "--pull-never", "--layers", "--format", "docker", "--tag", reference]
        for here, there in mounts.items():
            options += ["--volume", f"{here}:{there}:ro"]
        self._run("build", *options, str(context))

    def save(self, reference: str, archive: Path) -> None:
        """Write an image's archive."""
        self._run("push", "--quiet", reference, f"docker-archive:{archive}:{reference}")

    def tidy(self) -> None:
        """Drop what killed builds left running, and every layer once too many former ones have gathered.

        buildah cannot tell a former build's layer from one that the next build starts from, so pruning after each
        build would make every build a cold one.
        """
        self._run("rm", "--all")
        if len(self._run("images", "--all", "--quiet").split()) > _MOST_IMAGES:
            self._run("rmi", "--all", "--force")

    def _run(self, verb: str, *arguments: str) -> str:
        store = ["--root", str(self.storage / "images"), "--runroot", str(self.storage / "run")]
        return run(["buildah", *store, "--storage-driver", "overlay", verb, *arguments])


def shared_with_build(scratch: Path) -> dict[str, str]:
    """Return what build steps need of this machine to install packages, as mounts: its authorities, pip's settings.

    Only places that the base image has are mounted over: a mount point made for us would stay in the image.

    Args:
        scratch: where the home folder of build steps is made; readable by its owner alone, it may hold a password.
    """
    found = pip.settings(scratch)
    home = scratch / "home"
    home.mkdir(mode=0o700)
    mounts = {str(home): BUILD_HOME}
    for number, place in enumerate(found.get("find-links", "").split()):
        if Path(place).is_dir():
            (home / f"wheels-{number}").mkdir()
            mounts[place] = f"{BUILD_HOME}/wheels-{number}"
    certificates = Path(found.get("cert") or os.environ.get("SSL_CERT_FILE") or _CERTIFICATES)
    if certificates.exists():
        mounts[str(certificates)] = str(_CERTIFICATES)
    config = home / ".config/pip/pip.conf"
    config.parent.mkdir(parents=True)
    config.write_text(pip_settings_in_container(found, mounts))
    return mounts


def pip_settings_in_container(found: Mapping[str, str], mounts: Mapping[str, str]) -> str:
    """Return a pip.conf for build steps: where this machine's pip gets packages, with the paths of the mounts."""
    kept = {name: found[name] for name in _KEPT_SETTINGS if name in found}
    if "find-links" in kept:
        kept["find-links"] = " ".join(mounts.get(place, place) for place in kept["find-links"].split())
    if str(_CERTIFICATES) in mounts.values():
        kept["cert"] = str(_CERTIFICATES)
    return "\n".join(["[global]", *(f"{name} = {value}" for name, value in kept.items()), ""])
