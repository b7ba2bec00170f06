"""Say what a cluster needs of the machine, and install what Debian has."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hack.cluster.binaries import Binaries
from hack.cluster.errors import ClusterError
from hack.cluster.local import binaries_for
from hack.cluster.node_level import find_cni_plugins
from hack.cluster.progress import Progress
from hack.cluster.record import Level

__all__ = ["Announcement", "announce", "install_packages", "missing_packages"]

_EVERYWHERE = {"openssl": "openssl"}
_NODE = {
    "containerd": "containerd",
    "runc": "runc",
    "iptables": "iptables",
    "conntrack": "conntrack",
    "socat": "socat",
    "ip": "iproute2",
    "nsenter": "util-linux",
    "umount": "mount",
    "sysctl": "procps",
}
"""Program and the Debian package that brings it. What is installed from elsewhere is used as it is."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """List what `up` is about to do to the machine."""

    packages: tuple[str, ...]
    lines: tuple[str, ...]

    @property
    def needs_consent(self) -> bool:
        """Whether something outside the user's own folders changes."""
        return bool(self.packages)


def missing_packages(level: Level, installed: Callable[[str], bool], *, cni_plugins: bool) -> tuple[str, ...]:
    """Return the Debian packages to install; pure."""
    wanted = {**_EVERYWHERE, **(_NODE if level == "node" else {})}
    missing = {package for program, package in wanted.items() if not installed(program)}
    if level == "node" and not cni_plugins:
        missing.add("containernetworking-plugins")
    return tuple(sorted(missing))


def find_missing_packages(level: Level) -> tuple[str, ...]:
    """Return the Debian packages that this machine lacks."""
    return missing_packages(level, lambda name: shutil.which(name) is not None, cni_plugins=bool(find_cni_plugins()))


def announce(level: Level, binaries: Binaries) -> Announcement:
    """Return what bringing up a cluster at this level will install and change here."""
    packages = find_missing_packages(level)
    to_build = binaries.missing(binaries_for(level))
    lines = []
    if packages:
        lines.append(f"install Debian packages: {' '.join(packages)}")
    if to_build:
        lines.append(f"build from source, once (5-10 minutes on two cores when all are new): {' '.join(to_build)}")
    if level == "node":
        lines.append("create a network namespace with a cable 10.87.N.0/30 to it; all else stays inside")
        lines.append("let its pods reach the internet: one masquerade rule, net.ipv4.ip_forward=1 (`down` undoes both)")
        lines.append("note: NetworkPolicies are accepted but not enforced by this node's network plugin")
    return Announcement(packages, tuple(lines))


def install_packages(packages: Sequence[str], progress: Progress) -> None:
    """Install Debian packages, waiting for whoever else is installing.

    Raises:
        ClusterError: when that is not possible; the message says what to install.
    """
    if not packages:
        return
    remedy = f"install {' '.join(packages)}"
    if shutil.which("apt-get") is None:
        raise ClusterError(f"this machine has no apt-get: {remedy} by hand")
    apt = ("apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300")
    install = (*apt, "install", "--yes", "--no-install-recommends", *packages)
    with progress.step(remedy):
        if not _quietly(install) and not (_quietly((*apt, "update")) and _quietly(install)):
            raise ClusterError(f"apt-get could not {remedy}: run `apt-get update && apt-get {remedy}` as root")


def _quietly(command: Sequence[str]) -> bool:
    environment = {"DEBIAN_FRONTEND": "noninteractive", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
    return subprocess.run(command, env=environment, capture_output=True, check=False).returncode == 0
