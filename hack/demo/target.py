"""The cluster the demo runs on, with the programs that talk to it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class DemoError(Exception):
    """The demo cannot go on; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Target:
    """A cluster that is up.

    Attributes:
        kubeconfig: Path of the file that reaches it.
        provider: Who made it: local, kind, or kubeconfig (somebody else).
        node_address: Where NodePorts answer, as seen from this machine; None when not known.
        kubectl: The kubectl to use.
        helm: The helm to use.
    """

    kubeconfig: str
    provider: str
    node_address: str | None
    kubectl: str
    helm: str

    def run(self, program: str, *arguments: str, stdin: str | None = None, check: bool = True) -> str:
        """Run `kubectl` or `helm` against this cluster and return what it prints.

        Raises:
            DemoError: It failed; the message is its own.
        """
        path = self.helm if program == "helm" else self.kubectl
        done = subprocess.run(
            [path, *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "KUBECONFIG": self.kubeconfig},
        )
        if check and done.returncode:
            message = f"{program} {arguments[0]} failed: {done.stderr.strip() or done.stdout.strip()}"
            raise DemoError(message)
        return done.stdout

    def get(self, *arguments: str) -> dict[str, object]:
        """Return `kubectl get … -o json` decoded, empty when the object does not exist."""
        printed = self.run("kubectl", "get", *arguments, "--ignore-not-found", "-o", "json")
        decoded: dict[str, object] = json.loads(printed) if printed.strip() else {}
        return decoded

    def apply(self, manifests: Iterable[Mapping[str, object]], namespace: str) -> None:
        """Apply `manifests` by kubectl's standard input, so that a key never stands in a command line."""
        listed = json.dumps({"apiVersion": "v1", "kind": "List", "items": list(manifests)})
        self.run("kubectl", "apply", "-n", namespace, "-f", "-", stdin=listed)


def bring_up(name: str) -> Target:
    """Bring up the cluster `name` with a real node (or use KUBECONFIG) and return it.

    Raises:
        DemoError: It did not come up, or its pods would only be simulated.
    """
    tool("cluster", "up", "--name", name, "--level", "node", "--yes")
    status = json.loads(tool("cluster", "status", "--name", name, "--json", capture=True))
    if status["level"] != "node":
        raise DemoError(
            "this machine can only simulate pods, so no agent could answer; "
            "run the demo as root on Debian, or set KUBECONFIG to a cluster of yours"
        )
    kubectl, helm = tool("cluster", "binaries", "kubectl", "helm", capture=True).split()
    return Target(status["kubeconfig"], status["provider"], status.get("node_address"), kubectl, helm)


def tool(module: str, *arguments: str, capture: bool = False) -> str:
    """Run one of the project's own tools (`python3 -m hack.<module> …`); its progress goes to the terminal.

    Raises:
        DemoError: The tool failed; it has said why itself.
    """
    command = [sys.executable, "-m", f"hack.{module}", *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE if capture else None, text=True, check=False)
    if done.returncode:
        message = f"hack.{module} {arguments[0]} failed, see above"
        raise DemoError(message)
    return done.stdout or ""
