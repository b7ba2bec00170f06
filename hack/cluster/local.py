"""Bring up and tear down a cluster made of processes of this machine."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from hack.cluster.api import ApiServer
from hack.cluster.api_level import API_BINARIES, start_control_plane, start_controllers
from hack.cluster.binaries import Binaries
from hack.cluster.cleaning import clear_runtime, remove_tree
from hack.cluster.daemons import Daemons
from hack.cluster.errors import ClusterError
from hack.cluster.images import load_images
from hack.cluster.locking import hold
from hack.cluster.netns import on_host, within
from hack.cluster.network import Network, create_network, network_of, remove_network
from hack.cluster.node_level import NODE_BINARIES, NODE_DAEMONS, node_name, start_node
from hack.cluster.paths import ClusterPaths
from hack.cluster.processes import boot_id
from hack.cluster.progress import Progress
from hack.cluster.record import Level, Record, load_record
from hack.cluster.simulated_level import SIMULATED_BINARIES, SIMULATED_DAEMONS, ready_nodes, start_simulation
from hack.cluster.site import Site

__all__ = ["LocalCluster", "Wish", "binaries_for", "daemons_for"]


@dataclass(frozen=True, slots=True)
class Wish:
    """Say what kind of cluster is wanted."""

    level: Level
    nodes: int = 3
    """Simulated nodes, at level `simulated`."""
    apiserver_args: tuple[str, ...] = ()


def binaries_for(level: Level) -> tuple[str, ...]:
    """Return the programs that a level needs."""
    added = {"api": (), "simulated": SIMULATED_BINARIES, "node": NODE_BINARIES}
    return (*API_BINARIES, *added[level])


def daemons_for(level: Level) -> tuple[str, ...]:
    """Return the daemons that run at a level."""
    added = {"api": (), "simulated": SIMULATED_DAEMONS, "node": NODE_DAEMONS}
    return (*API_BINARIES, *added[level])


class LocalCluster:
    """One cluster of local processes, with its folder, its network and its lock."""

    def __init__(self, paths: ClusterPaths, binaries: Binaries, progress: Progress) -> None:
        self._paths, self._binaries, self._progress = paths, binaries, progress

    def up(self, wish: Wish) -> Record:
        """Bring the cluster up, or heal it: what runs already is left alone.

        Raises:
            ClusterError: when something is missing, fails, or the cluster exists with other settings.
        """
        with hold(self._paths.lock):
            record = load_record(self._paths)
            if record:
                _refuse_change(record, wish)
                if self.healthy(record):
                    return record
            # Programs first: a build takes minutes, and nothing of the machine is touched until it is through.
            self._binaries.paths(binaries_for(wish.level))
            daemons = Daemons(self._paths, self._prepare(record, wish))
            daemons.change(daemons.record)
            self._start(Site(self._paths, self._binaries, daemons, self._progress), wish)
            return daemons.record

    def down(self) -> bool:
        """Remove the cluster with everything it put on the machine; return whether there was any.

        Raises:
            ClusterError: when something cannot be removed.
        """
        with hold(self._paths.lock):
            existed = self._paths.root.exists()
            self._clear(_recorded(self._paths))
            remove_tree(self._paths.root)
            self._paths.lock.unlink()
        return existed

    def healthy(self, record: Record) -> bool:
        """Say whether everything that belongs to the level runs and answers."""
        if record.boot_id != boot_id() or not self._network_intact(record):
            return False
        if any(name not in record.daemons or not record.daemons[name].alive() for name in daemons_for(record.level)):
            return False
        api = self._api(record)
        if not api.ready():
            return False
        return record.level == "api" or ready_nodes(api) >= record.nodes

    def load(self, archives: Sequence[Path]) -> None:
        """Put images into the node's store.

        Raises:
            ClusterError: when there is no real node, or an archive is no image.
        """
        record = load_record(self._paths)
        if record is None or record.level != "node":
            raise ClusterError(f"cluster {self._paths.name} has no real node to load into: `up --level node` first")
        load_images(self._paths, archives, self._progress)

    def _api(self, record: Record) -> ApiServer:
        return ApiServer.as_admin(record.node_address, record.api_port, self._paths.certificates)

    def _network_intact(self, record: Record) -> bool:
        return record.slot is None or network_of(self._paths, record.slot) is not None

    def _prepare(self, record: Record | None, wish: Wish) -> Record:
        """Return a record to build on, after clearing what an unclean end left behind."""
        if record and record.boot_id == boot_id() and self._network_intact(record):
            return record
        if record:
            self._progress.say("the cluster did not end cleanly: clearing what is left, keeping its data")
        self._clear(record)
        self._paths.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = Record(
            name=self._paths.name,
            level=wish.level,
            provider="local",
            kubeconfig=str(self._paths.kubeconfig),
            nodes={"api": 0, "simulated": wish.nodes, "node": 1}[wish.level],
            apiserver_args=wish.apiserver_args,
        )
        return replace(fresh, boot_id=boot_id())

    def _clear(self, record: Record | None) -> None:
        clear_runtime(self._paths, record.daemons.values() if record else (), cgroup=f"vutler-{self._paths.name}")
        if os.geteuid() == 0:
            remove_network(self._paths)

    def _start(self, site: Site, wish: Wish) -> None:
        network = self._ensure_network(site) if wish.level == "node" else None
        enter = within(network.namespace) if network else on_host
        with self._progress.step("control plane"):
            api = start_control_plane(site, node_name(self._paths.name), enter)
            start_controllers(site, api, enter)
        if wish.level == "simulated":
            with self._progress.step(f"{wish.nodes} simulated nodes"):
                start_simulation(site, api, wish.nodes)
        if network:
            start_node(site, api, network)

    def _ensure_network(self, site: Site) -> Network:
        record = site.daemons.record
        network = network_of(self._paths, record.slot) if record.slot is not None else None
        if network is None:
            with self._progress.step("network"):
                network = create_network(self._paths)
        wired = replace(
            record,
            slot=network.slot,
            host_address=network.host_address,
            node_address=network.node_address,
        )
        site.daemons.change(wired)
        return network


def _refuse_change(record: Record, wish: Wish) -> None:
    """Refuse to turn a cluster into another kind.

    Raises:
        ClusterError: when it was brought up with other settings.
    """
    if record.level != wish.level or record.apiserver_args != wish.apiserver_args:
        raise ClusterError(
            f"cluster {record.name} exists at level {record.level} with other settings: "
            f"`down --name {record.name}` first, or choose another --name",
        )


def _recorded(paths: ClusterPaths) -> Record | None:
    """Return the record if it can be read: a broken one must not keep `down` from cleaning."""
    try:
        return load_record(paths)
    except (ClusterError, ValueError):
        return None
