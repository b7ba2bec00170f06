"""Build the programs of a cluster from Go modules, once, into a cache keyed by what they are built from."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from hack.cluster.errors import ClusterError
from hack.cluster.locking import hold
from hack.cluster.paths import REPOSITORY, cache_folder
from hack.cluster.processes import run
from hack.cluster.progress import Progress

__all__ = ["BINARIES", "Binaries", "Binary", "fingerprint", "recent_enough"]

_GO_MODULES = REPOSITORY / "hack" / "go"
_MODULE_VERSION = re.compile(r"^\s*(?:require\s+)?(\S+) (v\S+)", re.MULTILINE)
_OLDEST_KUBECTL_MINOR = 31
"""kubectl is used up to three minor versions behind the API server: it works, and saves a build."""


@dataclass(frozen=True, slots=True)
class Binary:
    """Describe a program: its module below `hack/go`, its package, and where its version is stamped."""

    name: str
    module: str
    package: str
    version_variable: str = ""
    """Go variable that receives the version of `version_of`."""
    version_of: str = ""
    """Go module whose pinned version it is."""
    tags: str = field(default="", repr=False)
    """Build tags, comma-separated."""


def _kubernetes(name: str) -> Binary:
    package = f"k8s.io/kubernetes/cmd/{name}"
    return Binary(name, "kubernetes", package, "k8s.io/component-base/version.gitVersion", "k8s.io/kubernetes")


BINARIES = {
    binary.name: binary
    for binary in (
        Binary("etcd", "etcd", "go.etcd.io/etcd/server/v3"),
        _kubernetes("kube-apiserver"),
        _kubernetes("kube-controller-manager"),
        _kubernetes("kube-scheduler"),
        _kubernetes("kubelet"),
        _kubernetes("kube-proxy"),
        _kubernetes("kubectl"),
        Binary("kwok", "kwok", "sigs.k8s.io/kwok/cmd/kwok", "sigs.k8s.io/kwok/pkg/consts.Version", "sigs.k8s.io/kwok"),
        Binary("coredns", "coredns", "."),
        Binary(
            "helm", "helm", "helm.sh/helm/v4/cmd/helm", "helm.sh/helm/v4/internal/version.version", "helm.sh/helm/v4"
        ),
        Binary("ferretdb", "ferretdb", "."),
        Binary(
            "versitygw",
            "versitygw",
            "github.com/versity/versitygw/cmd/versitygw",
            "main.Version",
            "github.com/versity/versitygw",
        ),
        Binary("pause", "pause", "."),
        # Without the clients of two dozen clouds, which only find targets.
        Binary("promtool", "promtool", "github.com/prometheus/prometheus/cmd/promtool", tags="remove_all_sd"),
    )
}
"""Every program that can be built, by name."""


def linker_flags(binary: Binary, go_mod: str) -> str:
    """Return the `-ldflags` of a program: no symbol table, and its version where it has a place for it."""
    stripped = "-s -w"
    if not binary.version_variable:
        return stripped
    version = dict(_MODULE_VERSION.findall(go_mod))[binary.version_of]
    return f"{stripped} -X {binary.version_variable}={version}"


def fingerprint(binary: Binary, module: Path) -> str:
    """Return twelve digits that change when anything a program is built from changes."""
    digest = hashlib.sha256(f"{binary!r}{binary.tags}".encode())
    for source in sorted([*module.glob("go.*"), *module.glob("*.go")]):
        digest.update(source.name.encode())
        digest.update(source.read_bytes())
    return digest.hexdigest()[:12]


def recent_enough(version_json: str) -> bool:
    """Say whether the output of `kubectl version --client -o json` names a usable version."""
    try:
        version = json.loads(version_json)["clientVersion"]["gitVersion"]
    except (ValueError, KeyError, TypeError):
        return False
    found = re.match(r"v1\.(\d+)\.", version)
    return found is not None and int(found.group(1)) >= _OLDEST_KUBECTL_MINOR


class Binaries:
    """Find a program in the cache or build it there."""

    def __init__(self, progress: Progress, cache: Path | None = None) -> None:
        self._progress = progress
        self._folder = (cache or cache_folder()) / "bin"

    def paths(self, names: Iterable[str]) -> dict[str, Path]:
        """Return the path of each program, building what is not there yet.

        Raises:
            ClusterError: when a name is unknown, Go is missing or a build fails.
        """
        wanted = list(names)
        unknown = sorted(set(wanted) - set(BINARIES))
        if unknown:
            raise ClusterError(f"unknown program {', '.join(unknown)}; there are: {', '.join(BINARIES)}")
        return {name: self.path(name) for name in wanted}

    def path(self, name: str) -> Path:
        """Return the path of one program, building it first when it is not in the cache."""
        if name == "kubectl" and (installed := _installed_kubectl()):
            return installed
        binary = BINARIES[name]
        target = self._target(binary)
        if target.exists():
            return target
        with hold(self._folder / f".{binary.module}.lock"):
            if not target.exists():
                with self._progress.step(f"build {name} (kept in {self._folder})"):
                    _build(binary, target)
        return target

    def missing(self, names: Iterable[str]) -> list[str]:
        """Return the programs that would have to be built."""
        return [name for name in names if not self._target(BINARIES[name]).exists()]

    def _target(self, binary: Binary) -> Path:
        return self._folder / f"{binary.name}-{fingerprint(binary, _GO_MODULES / binary.module)}"


def _installed_kubectl() -> Path | None:
    found = shutil.which("kubectl")
    if found and recent_enough(run(found, "version", "--client", "-o", "json", check=False)):
        return Path(found)
    return None


def _build(binary: Binary, target: Path) -> None:
    """Build to a temporary name and rename, so that an interrupted build leaves no half program."""
    go = shutil.which("go")
    if go is None:
        raise ClusterError(f"Go is not installed and {binary.name} must be built: install Go 1.26 or newer (go.dev/dl)")
    module = _GO_MODULES / binary.module
    unfinished = target.with_name(f".{target.name}.{os.getpid()}")
    flags = linker_flags(binary, (module / "go.mod").read_text())
    # The compiler's own garbage collection costs a good part of a cold build; memory is cheaper than minutes here.
    settings = {"CGO_ENABLED": "0", "GOWORK": "off", "GOFLAGS": "-mod=readonly -buildvcs=false", "GOGC": "400"}
    try:
        built = subprocess.run(
            [go, "build", "-tags", binary.tags, "-ldflags", flags, "-o", str(unfinished), binary.package],
            cwd=module,
            env={**os.environ, **settings},
            capture_output=True,
            text=True,
            check=False,
        )
        if built.returncode != 0:
            last = "\n".join(built.stderr.splitlines()[-8:])
            raise ClusterError(f"building {binary.name} failed (run it by hand in {module}):\n{last}")
        unfinished.rename(target)
    finally:
        unfinished.unlink(missing_ok=True)
