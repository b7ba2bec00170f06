"""Helm for tests: renders the chart with given values and gives back manifests, or the reason it refuses them."""

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from hack.cluster.binaries import Binaries
from hack.cluster.progress import Progress

__all__ = ["CHART", "OLD_CHART", "REPLICATED", "Helm", "Manifest", "Release", "helm", "pod_specs"]

CHART = Path(__file__).resolve().parents[2] / "charts" / "vutler"
OLD_CHART = Path(__file__).resolve().parents[1] / "contract" / "chart" / "data" / "vutler-0.1.0.tgz"
"""The first release, packaged as `helm package` did it then."""
NAMESPACE = "vutler-system"

REPLICATED: Mapping[str, Any] = {
    "router": {"replicas": 3},
    "database": {"url": "mongodb://user:db-password@mongo:27017/vutler"},
    "drive": {"url": "s3://bucket/prefix", "existingSecret": "s3-keys"},
}
"""Values of a router that keeps nothing on a volume and runs several times."""

Manifest = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Release:
    """What one rendering of the chart would create."""

    manifests: tuple[Manifest, ...]

    def of_kind(self, kind: str) -> tuple[Manifest, ...]:
        """Return the manifests of one kind."""
        return tuple(manifest for manifest in self.manifests if manifest["kind"] == kind)

    def one(self, kind: str, name: str) -> Manifest:
        """Return the only manifest of a kind and name."""
        (found,) = [manifest for manifest in self.of_kind(kind) if manifest["metadata"]["name"] == name]
        return found

    def has(self, kind: str, name: str) -> bool:
        """Say whether a manifest of a kind and name is there."""
        return any(manifest["metadata"]["name"] == name for manifest in self.of_kind(kind))

    def environment(self, component: str) -> dict[str, Any]:
        """Return a Deployment's environment: literal values, or the `valueFrom` of what is not literal."""
        spec = self.one("Deployment", f"vutler-{component}")["spec"]["template"]["spec"]
        (container,) = spec["containers"]
        return {entry["name"]: entry.get("value", entry.get("valueFrom")) for entry in container["env"]}


@dataclass(frozen=True, slots=True)
class Helm:
    """The real program, kept away from the user's own settings, and from every cluster but the one it is given."""

    program: Path
    home: Path
    kubeconfig: Path | None = None

    def render(self, values: Mapping[str, Any] | None = None, *, namespace: str = NAMESPACE) -> Release:
        """Render the chart as `helm template` does."""
        documents = yaml.safe_load_all(self.run("template", "vutler", str(CHART), values=values, namespace=namespace))
        return Release(tuple(document for document in documents if document))

    def refusal(self, values: Mapping[str, Any]) -> str:
        """Return why these values are refused; they have to be."""
        done = self._start(("template", "vutler", str(CHART)), values, NAMESPACE)
        assert done.returncode != 0, "the chart took values that it has to refuse"
        return done.stderr

    def run(self, *arguments: str, values: Mapping[str, Any] | None = None, namespace: str = NAMESPACE) -> str:
        """Run any command and return what it prints."""
        done = self._start(arguments, values, namespace)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def _start(
        self, arguments: tuple[str, ...], values: Mapping[str, Any] | None, namespace: str
    ) -> subprocess.CompletedProcess[str]:
        given = () if values is None else ("--values", "-")
        folders = {f"HELM_{kind}_HOME": str(self.home / kind.lower()) for kind in ("CACHE", "CONFIG", "DATA")}
        return subprocess.run(
            [str(self.program), *arguments, *given],
            input=None if values is None else json.dumps(values),
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self.home),
                "HELM_NAMESPACE": namespace,
                "KUBECONFIG": str(self.kubeconfig or self.home / "none"),
                **folders,
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )


def pod_specs(release: Release) -> Iterator[tuple[str, Manifest]]:
    """Yield every pod the release starts, by the name of its owner."""
    for manifest in release.manifests:
        if manifest["kind"] == "Pod":
            yield manifest["metadata"]["name"], manifest["spec"]
        elif manifest["kind"] in {"Deployment", "StatefulSet", "Job", "DaemonSet"}:
            yield manifest["metadata"]["name"], manifest["spec"]["template"]["spec"]


@pytest.fixture(scope="session")
def helm(tmp_path_factory: pytest.TempPathFactory) -> Helm:
    """Find Helm in the project's cache, building it there once."""
    return Helm(Binaries(Progress()).path("helm"), tmp_path_factory.mktemp("helm"))
