"""Hold together what every step of bringing up one cluster needs."""

from __future__ import annotations

from dataclasses import dataclass

from hack.cluster.binaries import Binaries
from hack.cluster.certificates import pair
from hack.cluster.daemons import Daemons
from hack.cluster.kubeconfig import render_kubeconfig, write_private
from hack.cluster.paths import ClusterPaths
from hack.cluster.progress import Progress

__all__ = ["Site"]


@dataclass(frozen=True, slots=True)
class Site:
    """Collect the folders, programs, daemons and voice of one cluster being brought up."""

    paths: ClusterPaths
    binaries: Binaries
    daemons: Daemons
    progress: Progress

    @property
    def server(self) -> str:
        """URL of the API server."""
        record = self.daemons.record
        return f"https://{record.node_address}:{record.api_port}"

    def write_kubeconfigs(self, clients: tuple[str, ...]) -> None:
        """Write a kubeconfig for each daemon that speaks to the API server, and the administrator's."""
        targets = {client: self.paths.config / f"{client}.kubeconfig" for client in clients}
        for client, target in {**targets, "admin": self.paths.kubeconfig}.items():
            text = render_kubeconfig(
                cluster=f"vutler-{self.paths.name}",
                server=self.server,
                authority=pair(self.paths.certificates, "ca").certificate,
                client=pair(self.paths.certificates, client),
            )
            write_private(target, text)
