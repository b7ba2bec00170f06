"""Decide who runs the cluster, from what the caller asked for and what the machine offers."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from hack.cluster.errors import ClusterError
from hack.cluster.record import Level, ProviderName, Record

__all__ = ["Choice", "Machine", "ProviderWish", "choose", "choose_again", "look_at_machine"]

ProviderWish = Literal["auto", "local", "kubeconfig", "kind"]

_DOCKER_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Machine:
    """Describe what matters about this machine."""

    linux: bool
    root: bool
    debian: bool
    """Whether `apt-get` can install what a node needs, or everything is there already."""
    docker: bool
    """Whether a Docker engine answers; its client alone is no use."""
    kind: bool
    kubeconfig: str
    """Value of the caller's KUBECONFIG; empty when unset."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Say who runs the cluster and at which level; `notice` tells the user what he does not get."""

    provider: ProviderName
    level: Level
    notice: str = ""


def choose(wish: ProviderWish, level: Level, machine: Machine) -> Choice:
    """Return the provider and level to use; pure.

    Raises:
        ClusterError: when what was asked for cannot be had here.
    """
    match wish:
        case "kubeconfig":
            if not machine.kubeconfig:
                raise ClusterError("--provider kubeconfig needs the environment variable KUBECONFIG")
            return Choice("kubeconfig", "node")
        case "kind":
            if not (machine.docker and machine.kind):
                raise ClusterError("--provider kind needs the program kind and a Docker engine that answers")
            return Choice("kind", "node")
        case "local":
            if level == "node" and (lack := _lack_for_node(machine)):
                raise ClusterError(f"a real node needs {lack}; `--level simulated` works without")
            return Choice("local", level)
        case "auto":
            return _choose_freely(level, machine)


def choose_again(known: Record | None, wish: ProviderWish, level: Level, machine: Machine) -> Choice:
    """Return what to use for a cluster that may exist already: it keeps its provider; pure.

    Raises:
        ClusterError: when another provider is asked for, or what was asked for cannot be had here.
    """
    if known and wish not in {"auto", known.provider}:
        raise ClusterError(
            f"cluster {known.name} exists with provider {known.provider}: `down --name {known.name}` first",
        )
    choice = choose(wish, level, machine)
    if known and choice.provider != known.provider:
        return choose(known.provider, level, machine)
    return choice


def _choose_freely(level: Level, machine: Machine) -> Choice:
    if level != "node":
        return Choice("local", level)
    if machine.kubeconfig:
        return Choice("kubeconfig", "node", f"using the cluster of KUBECONFIG={machine.kubeconfig}")
    lack = _lack_for_node(machine)
    if not lack:
        return Choice("local", "node")
    if machine.docker and machine.kind:
        return Choice("kind", "node", f"using kind: a node of our own needs {lack}")
    return Choice("local", "simulated", f"pods are SIMULATED and nothing runs in them: a real node needs {lack}")


def _lack_for_node(machine: Machine) -> str:
    if not machine.linux:
        return "Linux"
    if not machine.root:
        return "root (run as root, or install Docker and kind)"
    if not machine.debian:
        return "Debian packages (or containerd, runc, CNI plugins, iptables, conntrack, socat installed by hand)"
    return ""


def look_at_machine(*, node_programs_installed: bool, environment: Mapping[str, str] = os.environ) -> Machine:
    """Return what this machine offers."""
    return Machine(
        linux=os.uname().sysname == "Linux",
        root=os.geteuid() == 0,
        debian=node_programs_installed or shutil.which("apt-get") is not None,
        docker=_docker_answers(),
        kind=shutil.which("kind") is not None,
        kubeconfig=environment.get("KUBECONFIG", ""),
    )


def _docker_answers() -> bool:
    if shutil.which("docker") is None:
        return False
    try:
        done = subprocess.run(
            ["docker", "info", "--format", "{{.ServerVersion}}"],
            capture_output=True,
            timeout=_DOCKER_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0 and done.stdout.strip() != b""
