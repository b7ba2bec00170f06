"""Clusters of a test's own, brought up by the command line as a developer would."""

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hack.cluster.paths import ClusterPaths, cluster_paths
from hack.cluster.processes import command_line, list_pids

ROOT = Path(__file__).resolve().parents[3]
START_SECONDS = 900
"""Cold, the tool first builds the programs."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """One cluster under test."""

    paths: ClusterPaths

    def run(self, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the tool on this cluster and return what came of it."""
        argv = [sys.executable, "-m", "hack.cluster", command, "--name", self.paths.name, *arguments]
        return subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False, timeout=START_SECONDS)

    def up(self, level: str, *arguments: str) -> str:
        """Bring it up and return what was said; fail the test with the tool's own words."""
        done = self.run("up", "--provider", "local", "--level", level, *arguments)
        assert done.returncode == 0, done.stderr
        return done.stderr

    def status(self) -> dict[str, Any]:
        """Return the status as a program sees it."""
        status: dict[str, Any] = json.loads(self.run("status", "--json").stdout)
        return status

    def pids(self) -> dict[str, int]:
        """Return the process number of each daemon."""
        return {name: daemon["pid"] for name, daemon in self.status()["daemons"].items()}

    def kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        """Run kubectl as the administrator and return what it printed."""
        environment = {**os.environ, "KUBECONFIG": str(self.paths.kubeconfig)}
        argv = ["kubectl", *arguments]
        done = subprocess.run(
            argv, input=stdin, env=environment, capture_output=True, text=True, check=False, timeout=60
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def processes(self) -> list[tuple[str, ...]]:
        """Return the command line of every process that has to do with this cluster."""
        lines = (command_line(pid) for pid in list_pids())
        return [line for line in lines if any(f"{self.paths.root}/" in argument for argument in line)]


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    """Give a test a name for a cluster, and take down whatever it made of it."""
    made = Cluster(cluster_paths(f"e2e-{secrets.token_hex(4)}"))
    yield made
    made.run("down")
