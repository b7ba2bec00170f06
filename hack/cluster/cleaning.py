"""Find and remove what a cluster leaves on the machine: processes, mounts, cgroups and stray files."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from hack.cluster.errors import ClusterError
from hack.cluster.paths import ClusterPaths
from hack.cluster.processes import Process, command_line, end, identify, list_pids, run

__all__ = [
    "belongs_to",
    "cgroup_mounts",
    "clear_runtime",
    "mounts_below",
    "parse_mounts",
    "remove_tree",
]

_RUNTIME_PROGRAMS = ("containerd", "containerd-shim-runc-v2")
_SHIM_SOCKETS = Path("/run/containerd/s")
_CONTAINER_LOG_LINKS = Path("/var/log/containers")
_CNI_RESULTS = Path("/var/lib/cni/results")
_KUBELET = Path("/var/lib/kubelet")
_CGROUP_SECONDS = 5.0


def belongs_to(argv: Sequence[str], root: Path) -> bool:
    """Say whether a command line is that of a daemon of the cluster in folder `root`.

    The folder alone does not decide: somebody's editor or `tail` may have a file of it open.
    """
    if not argv or not any(f"{root}/" in argument for argument in argv[1:]):
        return False
    program = Path(argv[0])
    built_by_us = re.fullmatch(r".+-[0-9a-f]{12}", program.name) is not None and program.parent.name == "bin"
    return built_by_us or program.name in _RUNTIME_PROGRAMS or "hack.cluster.provisioner" in argv


def parse_mounts(mountinfo: str) -> list[tuple[str, str]]:
    """Return (mount point, file system type) of each line of `/proc/self/mountinfo`, in order of mounting."""
    mounts = []
    for line in mountinfo.splitlines():
        before, _, after = line.partition(" - ")
        point = re.sub(r"\\([0-7]{3})", lambda found: chr(int(found.group(1), 8)), before.split()[4])
        mounts.append((point, after.split()[0]))
    return mounts


def mounts_below(root: Path, mountinfo: str) -> list[str]:
    """Return the mount points in a folder, the last mounted first."""
    return [point for point, _ in reversed(parse_mounts(mountinfo)) if point.startswith(f"{root}/")]


def cgroup_mounts(mountinfo: str) -> list[Path]:
    """Return where each cgroup hierarchy is mounted; one with version 2, several with version 1."""
    return [Path(point) for point, kind in parse_mounts(mountinfo) if kind in {"cgroup", "cgroup2"}]


def clear_runtime(paths: ClusterPaths, recorded: Iterable[Process], cgroup: str) -> None:
    """End every process of a cluster and remove its mounts, cgroups and stray files; data stays.

    Raises:
        ClusterError: when something cannot be removed.
    """
    end([*recorded, *_stray_processes(paths)])
    if os.geteuid() == 0:
        # Only a real node has more than processes, and only root could make one.
        _clear_node(paths, cgroup)


def _clear_node(paths: ClusterPaths, cgroup: str) -> None:
    folders = [mount / cgroup for mount in cgroup_mounts(_mountinfo()) if (mount / cgroup).is_dir()]
    end(_processes_in(folders))
    # A shim that was starting a container may have put one more process into the cgroup meanwhile.
    end([*_stray_processes(paths), *_processes_in(folders)])
    _remove_shim_sockets(paths)
    for point in mounts_below(paths.root, _mountinfo()):
        run("umount", "--lazy", point, check=False)
    for folder in folders:
        _remove_cgroup(folder)
    _remove_links(paths)
    _remove_cni_results(paths.name)
    _remove_device_plugins()
    remove_tree(paths.containerd_state)
    paths.containerd_socket.unlink(missing_ok=True)


def remove_tree(folder: Path) -> None:
    """Delete a folder if there is one; never crosses into something still mounted.

    Raises:
        ClusterError: when a mount is left below it.
    """
    left = mounts_below(folder, _mountinfo())
    if left:
        raise ClusterError(f"{left[0]} is still mounted: `umount {left[0]}` and try again")
    if folder.exists():
        shutil.rmtree(folder)


def _mountinfo() -> str:
    return Path("/proc/self/mountinfo").read_text()


def _stray_processes(paths: ClusterPaths) -> list[Process]:
    strays = (identify(pid) for pid in list_pids() if belongs_to(command_line(pid), paths.root))
    return [process for process in strays if process]


def _processes_in(folders: Iterable[Path]) -> list[Process]:
    pids: set[int] = set()
    for folder in folders:
        for listing in folder.rglob("cgroup.procs"):
            with suppress(FileNotFoundError, OSError):
                pids.update(int(line) for line in listing.read_text().split())
    return [process for pid in pids if (process := identify(pid))]


def _remove_cgroup(folder: Path) -> None:
    """Remove a cgroup and all below it; the kernel needs a moment after the last process is gone."""
    deadline = time.monotonic() + _CGROUP_SECONDS
    while folder.exists():
        for below in sorted(_folders(folder), reverse=True):
            with suppress(OSError):
                below.rmdir()
        if folder.exists():
            if time.monotonic() > deadline:
                raise ClusterError(f"cgroup {folder} cannot be removed: a process in it hangs in the kernel")
            time.sleep(0.02)


def _folders(top: Path) -> Iterator[Path]:
    yield top
    yield from top.rglob("*/")


def _remove_shim_sockets(paths: ClusterPaths) -> None:
    """Delete the sockets of shims, which containerd keeps in one place for all its instances."""
    for address in paths.containerd_state.glob("io.containerd.runtime.v2.task/k8s.io/*/address"):
        socket = Path(address.read_text().strip().removeprefix("unix://"))
        if socket.parent == _SHIM_SOCKETS:
            socket.unlink(missing_ok=True)
    _remove_empty(_SHIM_SOCKETS, _SHIM_SOCKETS.parent)


def _remove_links(paths: ClusterPaths) -> None:
    """Delete the links to containers' logs that kubelet puts where log collectors look."""
    if _CONTAINER_LOG_LINKS.is_dir():
        for link in _CONTAINER_LOG_LINKS.iterdir():
            if link.is_symlink() and str(link.readlink()).startswith(f"{paths.root}/"):
                link.unlink()
        _remove_empty(_CONTAINER_LOG_LINKS)


def _remove_cni_results(name: str) -> None:
    """Delete what the network plugins cached about pods: one file for each interface, named after the sandbox."""
    if not _CNI_RESULTS.is_dir():
        return
    cached = {file.name: file for file in _CNI_RESULTS.iterdir()}
    for sandbox in sandboxes_of(name, cached):
        for file_name, file in cached.items():
            if f"-{sandbox}-" in file_name:
                file.unlink(missing_ok=True)
    _remove_empty(_CNI_RESULTS, _CNI_RESULTS.parent)


def sandboxes_of(name: str, cached: Iterable[str]) -> set[str]:
    """Return the sandbox ids of a cluster from the names of cached CNI results; pure."""
    pattern = re.compile(rf"vutler-{re.escape(name)}-([0-9a-f]{{64}})-eth0")
    return {found.group(1) for file_name in cached if (found := pattern.fullmatch(file_name))}


def _remove_device_plugins() -> None:
    """Delete the folder for device plugins, which kubelet makes at a fixed place.

    It stays when another kubelet runs, or when one that is not ours keeps more than that there.
    """
    ours_alone = _KUBELET.is_dir() and [entry.name for entry in _KUBELET.iterdir()] == ["device-plugins"]
    if ours_alone and not any(_is_kubelet(command_line(pid)) for pid in list_pids()):
        shutil.rmtree(_KUBELET)


def _is_kubelet(argv: Sequence[str]) -> bool:
    return bool(argv) and Path(argv[0]).name.partition("-")[0] == "kubelet"


def _remove_empty(*folders: Path) -> None:
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()
