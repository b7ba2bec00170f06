"""Make and delete PersistentVolumes: a folder of this machine for each claim of class `standard`.

Runs as a process of its own: `python3 -m hack.cluster.provisioner`. Every change of a claim or volume wakes one
level-triggered pass over all of them, so nothing is lost by a broken watch or a restart.
"""

from __future__ import annotations

import argparse
import queue
import shutil
import sys
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hack.cluster.api import ApiError, ApiServer, ApiUnreachableError
from hack.cluster.paths import REPOSITORY, ClusterPaths
from hack.cluster.processes import Daemon
from hack.cluster.record import Record

__all__ = ["Plan", "build_provisioner", "build_storage_class", "build_volume", "plan"]

PROVISIONER_NAME = "vutler.io/local-folder"
STORAGE_CLASS = "standard"
_CLAIMS = "/api/v1/persistentvolumeclaims"
_VOLUMES = "/api/v1/persistentvolumes"
_PROVISIONED_BY = "pv.kubernetes.io/provisioned-by"
_WATCH_SECONDS = 300
_RETRY_SECONDS = 2.0
_FOLDER_MODE = 0o755
"""Owned by root like a fresh disk: a pod that is not root needs an fsGroup, as on a real cluster."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Say what must be done so that volumes match claims."""

    create: tuple[dict[str, Any], ...]
    """Claims that want a volume."""
    delete: tuple[str, ...]
    """Names of volumes whose claim is gone."""


def plan(claims: Iterable[dict[str, Any]], volumes: Iterable[dict[str, Any]]) -> Plan:
    """Compare claims with volumes; pure."""
    volumes = list(volumes)
    existing = {volume["metadata"]["name"] for volume in volumes}
    create = tuple(claim for claim in claims if _wanted(claim) and volume_name(claim) not in existing)
    return Plan(create, tuple(volume["metadata"]["name"] for volume in volumes if _abandoned(volume)))


def volume_name(claim: dict[str, Any]) -> str:
    """Return the name of a claim's volume: one claim never gets two."""
    return f"pvc-{claim['metadata']['uid']}"


def build_volume(claim: dict[str, Any], folder: Path, node: str | None) -> dict[str, Any]:
    """Return the volume for a claim: a `local` one bound to its node, so that fsGroup is applied.

    Args:
        claim: the PersistentVolumeClaim.
        folder: where its data lies.
        node: name of the node; None where nodes are simulated and any will do.
    """
    identity = claim["metadata"]
    source: dict[str, Any] = {"hostPath": {"path": str(folder)}}
    if node is not None:
        here = {"key": "kubernetes.io/hostname", "operator": "In", "values": [node]}
        terms = [{"matchExpressions": [here]}]
        source = {"local": {"path": str(folder)}, "nodeAffinity": {"required": {"nodeSelectorTerms": terms}}}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": volume_name(claim), "annotations": {_PROVISIONED_BY: PROVISIONER_NAME}},
        "spec": {
            "capacity": {"storage": claim["spec"]["resources"]["requests"]["storage"]},
            "accessModes": claim["spec"]["accessModes"],
            "persistentVolumeReclaimPolicy": "Delete",
            "storageClassName": claim["spec"]["storageClassName"],
            "volumeMode": "Filesystem",
            "claimRef": {
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "namespace": identity["namespace"],
                "name": identity["name"],
                "uid": identity["uid"],
            },
            **source,
        },
    }


def build_storage_class() -> dict[str, Any]:
    """Return the default StorageClass."""
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {
            "name": STORAGE_CLASS,
            "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
        },
        "provisioner": PROVISIONER_NAME,
        "reclaimPolicy": "Delete",
        "volumeBindingMode": "Immediate",
    }


def build_provisioner(paths: ClusterPaths, record: Record, node: str | None) -> Daemon:
    """Describe the provisioner as a daemon."""
    options = (
        f"--host={record.node_address}",
        f"--port={record.api_port}",
        f"--certificates={paths.certificates}",
        f"--volumes={paths.volumes}",
        *((f"--node={node}",) if node else ()),
    )
    argv = (sys.executable, "-m", "hack.cluster.provisioner", *options)
    return Daemon("provisioner", argv, {"PYTHONPATH": str(REPOSITORY), "PYTHONUNBUFFERED": "1"})


def _wanted(claim: dict[str, Any]) -> bool:
    spec = claim["spec"]
    return (
        spec.get("storageClassName") == STORAGE_CLASS
        and not spec.get("volumeName")
        and spec.get("volumeMode", "Filesystem") == "Filesystem"
        and "deletionTimestamp" not in claim["metadata"]
    )


def _abandoned(volume: dict[str, Any]) -> bool:
    made_by = volume["metadata"].get("annotations", {}).get(_PROVISIONED_BY)
    phase = volume.get("status", {}).get("phase")
    policy = volume["spec"].get("persistentVolumeReclaimPolicy")
    return (made_by, phase, policy) == (PROVISIONER_NAME, "Released", "Delete")


class Provisioner:
    """Carry out plans against an API server and a folder."""

    def __init__(self, api: ApiServer, folder: Path, node: str | None) -> None:
        self._api, self._folder, self._node = api, folder, node
        self._wakeups: queue.Queue[None] = queue.Queue()

    def run(self) -> None:
        """Work until the process is ended."""
        for collection in (_CLAIMS, _VOLUMES):
            threading.Thread(target=self._follow, args=(collection,), daemon=True).start()
        while True:
            self._wakeups.get()
            while not self._wakeups.empty():
                self._wakeups.get_nowait()
            try:
                self.work()
            except (OSError, ApiError, ApiUnreachableError) as error:
                print(f"again in {_RETRY_SECONDS} s: {error}")
                threading.Timer(_RETRY_SECONDS, self._wakeups.put, (None,)).start()

    def work(self) -> None:
        """Do one pass."""
        todo = plan(self._list(_CLAIMS), self._list(_VOLUMES))
        for claim in todo.create:
            volume = build_volume(claim, self._folder / volume_name(claim), self._node)
            if self._node is not None:
                (self._folder / volume_name(claim)).mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
            self._api.apply(f"{_VOLUMES}/{volume['metadata']['name']}", volume)
            print(f"made {volume_name(claim)} for {claim['metadata']['namespace']}/{claim['metadata']['name']}")
        for name in todo.delete:
            shutil.rmtree(self._folder / name, ignore_errors=True)
            self._api.delete(f"{_VOLUMES}/{name}")
            print(f"deleted {name}")

    def _list(self, collection: str) -> list[dict[str, Any]]:
        listing = self._api.get(collection)
        return list(listing["items"]) if listing else []

    def _follow(self, collection: str) -> None:
        pause = threading.Event()
        while True:
            try:
                for _ in self._api.watch(collection, _WATCH_SECONDS):
                    self._wakeups.put(None)
            except (ApiError, ApiUnreachableError):
                pause.wait(_RETRY_SECONDS)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the provisioner from the command line."""
    parser = argparse.ArgumentParser(description="Provision volumes as folders of this machine.")
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--certificates", type=Path, required=True)
    parser.add_argument("--volumes", type=Path, required=True)
    parser.add_argument("--node")
    chosen = parser.parse_args(arguments)
    api = ApiServer.as_admin(chosen.host, chosen.port, chosen.certificates)
    Provisioner(api, chosen.volumes, chosen.node).run()


if __name__ == "__main__":
    main()
