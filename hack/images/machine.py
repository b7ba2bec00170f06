"""What this machine needs for building images, said before anything is installed."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hack.cluster.progress import Progress
from hack.images.errors import ImageError
from hack.images.programs import run

__all__ = ["BUILDAH", "DEBOOTSTRAP", "Need", "Plan", "Work", "plan", "processor", "require"]


@dataclass(frozen=True, slots=True)
class Need:
    """Name a program, the Debian package that has it, and what it is for."""

    program: str
    package: str
    purpose: str

    def is_met(self) -> bool:
        """Say whether the program is on this machine."""
        return shutil.which(self.program) is not None


@dataclass(frozen=True, slots=True)
class Work:
    """Say what programs are needed for, and what to do where they cannot be installed."""

    name: str
    remedy: str


_IMAGES = Work("building images without Docker", "start a Docker engine that reaches a registry")

BUILDAH = Need("buildah", "buildah", "builds Vutler's image from its Dockerfile")
DEBOOTSTRAP = Need("debootstrap", "debootstrap", "makes the root file system under the images")


@dataclass(frozen=True, slots=True)
class Plan:
    """Say what will be installed, or why nothing can be."""

    packages: tuple[str, ...] = ()
    announcement: str = ""
    refusal: str = ""


def plan(missing: Sequence[Need], *, root: bool, apt: bool, work: Work = _IMAGES) -> Plan:
    """Decide how missing programs come onto the machine; pure, so that every message is tested."""
    packages = tuple(need.package for need in missing)
    listed = ", ".join(f"{need.program} ({need.purpose})" for need in missing)
    if not root:
        return Plan(refusal=f"{work.name} needs root: run as root, or {work.remedy}")
    if not missing:
        return Plan()
    if not apt:
        return Plan(refusal=f"missing: {listed}; install it with your package manager, or {work.remedy}")
    return Plan(packages, f"installing Debian packages: {listed}")


def require(needs: Sequence[Need], progress: Progress, work: Work = _IMAGES) -> None:
    """Make sure that programs are there; install what is missing when that is possible.

    Raises:
        ImageError: when it is not; the message names what is missing and the remedy.
    """
    missing = [need for need in needs if not need.is_met()]
    decision = plan(missing, root=os.geteuid() == 0, apt=shutil.which("apt-get") is not None, work=work)
    if decision.refusal:
        raise ImageError(decision.refusal)
    if not decision.packages:
        return
    progress.say(decision.announcement)
    with progress.step(f"apt-get install {' '.join(decision.packages)}"):
        _install(decision.packages)


def processor() -> str:
    """Return this machine's processor architecture; images are made for it alone."""
    return platform.machine()


def _install(packages: Sequence[str]) -> None:
    apt = ["apt-get", "-o", "DPkg::Lock::Timeout=300", "-qq"]
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    if not any(Path("/var/lib/apt/lists").glob("*Packages*")):
        run([*apt, "update"], extra=quiet)
    try:
        run([*apt, "install", "-y", "--no-install-recommends", *packages], extra=quiet)
    except ImageError:
        # The package lists may name versions that the archive no longer has.
        run([*apt, "update"], extra=quiet)
        run([*apt, "install", "-y", "--no-install-recommends", *packages], extra=quiet)
