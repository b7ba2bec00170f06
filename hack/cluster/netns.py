"""Say in which network a daemon runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from hack.cluster.processes import Daemon

__all__ = ["Enter", "on_host", "within"]

Enter = Callable[[Daemon], Daemon]
"""Turns the description of a daemon into one that starts it in the right network."""


def on_host(daemon: Daemon) -> Daemon:
    """Leave a daemon in the machine's own network."""
    return daemon


def within(namespace: str) -> Enter:
    """Return what puts a daemon into a network namespace.

    `nsenter` and not `ip netns exec`: that one unshares the mounts too, and then containerd and kubelet would not
    see each other's. It replaces itself by the daemon, so the process number is the daemon's.
    """

    def _enter(daemon: Daemon) -> Daemon:
        return replace(daemon, argv=("nsenter", f"--net=/run/netns/{namespace}", *daemon.argv))

    return _enter
