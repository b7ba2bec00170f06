"""Parse the command line and carry out one command."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import assert_never, get_args

from hack.cluster.binaries import BINARIES, Binaries
from hack.cluster.choice import ProviderWish, choose_again, look_at_machine
from hack.cluster.errors import ClusterError
from hack.cluster.existing import adopt_cluster
from hack.cluster.kind import KindCluster
from hack.cluster.local import LocalCluster, Wish
from hack.cluster.paths import ClusterPaths, cluster_paths
from hack.cluster.prerequisites import announce, find_missing_packages, install_packages
from hack.cluster.progress import Progress
from hack.cluster.record import LEVELS, Record, load_record

__all__ = ["parse", "run_command"]

_DEFAULT_NAME = "dev"
_FLAG_HELP = "extra kube-apiserver flag, for example audit-log-path=/tmp/audit.log; may be repeated"


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the parsed command line."""
    parser = argparse.ArgumentParser(prog="python3 -m hack.cluster", description="A local Kubernetes for development.")
    commands = parser.add_subparsers(dest="command", required=True)

    up = commands.add_parser("up", help="bring a cluster up, or heal it")
    up.add_argument("--level", choices=LEVELS, default="node", help="how real it is (default: a real node)")
    up.add_argument("--provider", choices=get_args(ProviderWish), default="auto", help="who runs it")
    up.add_argument("--nodes", type=int, default=3, help="simulated nodes at level simulated (default 3)")
    up.add_argument("--apiserver-arg", action="append", default=[], metavar="FLAG", help=_FLAG_HELP)
    up.add_argument("--yes", action="store_true", help="do not ask before installing packages")

    commands.add_parser("down", help="remove a cluster with everything it put on the machine")
    status = commands.add_parser("status", help="say what runs")
    status.add_argument("--json", action="store_true")
    commands.add_parser("kubeconfig", help="print the path of the kubeconfig")
    load = commands.add_parser("load", help="put docker-archive images into the node")
    load.add_argument("images", nargs="+", type=Path, metavar="IMAGE.tar")
    binaries = commands.add_parser("binaries", help="build programs into the cache and print their paths")
    binaries.add_argument("names", nargs="*", metavar="NAME", help=f"all, or some of: {' '.join(BINARIES)}")

    for name, command in commands.choices.items():
        if name != "binaries":
            command.add_argument("--name", default=_DEFAULT_NAME, help=f"name of the cluster (default {_DEFAULT_NAME})")
    return parser.parse_args(arguments)


def run_command(arguments: Sequence[str], progress: Progress) -> int:
    """Carry out one command and return the exit status.

    Raises:
        ClusterError: when it cannot be done.
    """
    chosen = parse(arguments)
    if chosen.command == "binaries":
        for path in Binaries(progress).paths(chosen.names or BINARIES).values():
            print(path)
        return 0
    paths = cluster_paths(chosen.name)
    match chosen.command:
        case "up":
            return _up(chosen, paths, progress)
        case "down":
            return _down(paths, progress)
        case "status":
            return _status(paths, progress, as_json=chosen.json)
        case "kubeconfig":
            print(_known(paths).kubeconfig)
            return 0
        case _:
            return _load(paths, chosen.images, progress)


def _up(chosen: argparse.Namespace, paths: ClusterPaths, progress: Progress) -> int:
    machine = look_at_machine(node_programs_installed=not find_missing_packages("node"))
    choice = choose_again(load_record(paths), chosen.provider, chosen.level, machine)
    if choice.notice:
        progress.warn(choice.notice)
    match choice.provider:
        case "kubeconfig":
            record = adopt_cluster(paths, machine.kubeconfig, str(Binaries(progress).path("kubectl")))
        case "kind":
            record = KindCluster(paths, progress).up()
        case "local":
            wish = Wish(choice.level, chosen.nodes, tuple(f"--{flag.lstrip('-')}" for flag in chosen.apiserver_arg))
            record = _up_local(wish, paths, progress, ask=not chosen.yes)
        case _:
            assert_never(choice.provider)
    progress.say(f"cluster {record.name} is up (level {record.level}): export KUBECONFIG={record.kubeconfig}")
    return 0


def _up_local(wish: Wish, paths: ClusterPaths, progress: Progress, *, ask: bool) -> Record:
    binaries = Binaries(progress)
    announcement = announce(wish.level, binaries)
    cluster = LocalCluster(paths, binaries, progress)
    known = load_record(paths)
    if not (known and cluster.healthy(known)):
        ended = [name for name, process in known.daemons.items() if not process.alive()] if known else []
        progress.say(f"cluster {paths.name}, level {wish.level}; this will:")
        if ended:
            progress.say(f"  - start again what has ended: {' '.join(ended)}")
        for line in (*announcement.lines, f"keep its state in {paths.root}, removed by `down --name {paths.name}`"):
            progress.say(f"  - {line}")
        if (
            ask
            and announcement.needs_consent
            and sys.stdin.isatty()
            and input("Go on? [Y/n] ").lower() not in {"", "y"}
        ):
            raise ClusterError("nothing was changed")
        install_packages(announcement.packages, progress)
    return cluster.up(wish)


def _down(paths: ClusterPaths, progress: Progress) -> int:
    record = load_record(paths)
    if record and record.provider == "kind":
        KindCluster(paths, progress).down()
    existed = LocalCluster(paths, Binaries(progress), progress).down()
    if record and record.provider == "kubeconfig":
        progress.say(f"cluster {paths.name} is forgotten; it belongs to somebody else and runs on")
    else:
        progress.say(f"cluster {paths.name} is gone" if existed else f"there is no cluster {paths.name}")
    return 0


def _status(paths: ClusterPaths, progress: Progress, *, as_json: bool) -> int:
    record = _known(paths)
    daemons = {name: process.alive() for name, process in record.daemons.items()}
    healthy = record.provider != "local" or LocalCluster(paths, Binaries(progress), progress).healthy(record)
    if as_json:
        running = {name: {"pid": record.daemons[name].pid, "alive": alive} for name, alive in daemons.items()}
        print(json.dumps({**asdict(record), "daemons": running, "healthy": healthy}, indent=2))
    else:
        print(f"cluster {record.name}: level {record.level}, provider {record.provider}, healthy: {healthy}")
        print(f"  KUBECONFIG={record.kubeconfig}\n  host {record.host_address}  node {record.node_address}")
        for name, alive in daemons.items():
            print(f"  {name:<24} {'runs' if alive else 'ENDED'}  pid {record.daemons[name].pid}  {paths.log(name)}")
    return 0 if healthy else 1


def _load(paths: ClusterPaths, archives: Sequence[Path], progress: Progress) -> int:
    record = _known(paths)
    match record.provider:
        case "local":
            LocalCluster(paths, Binaries(progress), progress).load(archives)
        case "kind":
            KindCluster(paths, progress).load(archives)
        case "kubeconfig":
            raise ClusterError("images cannot be loaded into a cluster of somebody else: push them to its registry")
        case _:
            assert_never(record.provider)
    return 0


def _known(paths: ClusterPaths) -> Record:
    record = load_record(paths)
    if record is None:
        raise ClusterError(f"there is no cluster {paths.name}: `python3 -m hack.cluster up --name {paths.name}`")
    return record
