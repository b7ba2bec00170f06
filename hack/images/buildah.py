"""Build a Dockerfile with buildah, without a daemon, a registry, or anything left in the machine's own image store."""

from __future__ import annotations

import configparser
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hack.images import pip
from hack.images.errors import ImageError
from hack.images.programs import run

__all__ = ["Buildah", "pip_settings_in_container", "shared_with_build"]

_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
"""The authorities that a build step trusts; on Debian also where this machine keeps its own."""

_PIP_CONFIG = "/etc/pip.conf"


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

    def forget_unused(self) -> None:
        """Drop images that no name points to: the results of former builds."""
        self._run("rmi", "--prune")

    def _run(self, verb: str, *arguments: str) -> str:
        store = ["--root", str(self.storage / "images"), "--runroot", str(self.storage / "run")]
        return run(["buildah", *store, "--storage-driver", "overlay", verb, *arguments])


def shared_with_build(scratch: Path) -> dict[str, str]:
    """Return what build steps need of this machine to install packages: its authorities and pip's settings.

    Args:
        scratch: where a file of settings is written, readable by its owner alone: they may hold a password.
    """
    found = pip.settings(scratch)
    certificates = Path(found.get("cert") or os.environ.get("SSL_CERT_FILE") or _CERTIFICATES)
    config = scratch / "pip.conf"
    config.touch(mode=0o600)
    config.write_text(pip_settings_in_container(found, has_certificates=certificates.exists()))
    mounts = {str(config): _PIP_CONFIG}
    if certificates.exists():
        mounts[str(certificates)] = str(_CERTIFICATES)
    for place in found.get("find-links", "").split():
        if Path(place).is_dir():
            mounts[place] = place
    return mounts


def pip_settings_in_container(found: Mapping[str, str], *, has_certificates: bool) -> str:
    """Return a pip.conf for build steps from this machine's settings; only what says where packages come from."""
    kept = ("index-url", "extra-index-url", "find-links", "trusted-host", "timeout", "proxy")
    config = configparser.RawConfigParser()
    config["global"] = {name: found[name] for name in kept if name in found}
    if has_certificates:
        config["global"]["cert"] = str(_CERTIFICATES)
    lines = [f"{name} = {value}" for name, value in config["global"].items()]
    return "\n".join(["[global]", *lines, ""])
