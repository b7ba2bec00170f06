"""Start the control plane: etcd, kube-apiserver, kube-controller-manager."""

from __future__ import annotations

import socket
from dataclasses import replace

from hack.cluster.api import ApiServer
from hack.cluster.certificates import write_certificates
from hack.cluster.control_plane import (
    FIRST_SERVICE_ADDRESS,
    Listening,
    build_apiserver,
    build_controllers,
    build_etcd,
)
from hack.cluster.errors import DaemonExitedError
from hack.cluster.netns import Enter
from hack.cluster.site import Site

__all__ = ["API_BINARIES", "api_server", "start_control_plane", "start_controllers"]

API_BINARIES = ("etcd", "kube-apiserver", "kube-controller-manager")
_LOOPBACK = "127.0.0.1"
_PORT_ATTEMPTS = 4
_READY_SECONDS = 90.0
_ACCOUNT = "/api/v1/namespaces/default/serviceaccounts/default"


def api_server(site: Site) -> ApiServer:
    """Return a client for the cluster's API server."""
    record = site.daemons.record
    return ApiServer.as_admin(record.node_address, record.api_port, site.paths.certificates)


def start_control_plane(site: Site, node: str, enter: Enter) -> ApiServer:
    """Start what does not run and return when the API server is ready.

    In a network namespace of its own the ports are the usual ones; on loopback they are any free ones, and when
    another program takes one in the moment between choosing and listening, others are chosen.

    Raises:
        DaemonExitedError: when a daemon does not stay up.
        ClusterError: when the server is not ready in time.
    """
    addresses = tuple(sorted({_LOOPBACK, site.daemons.record.node_address, FIRST_SERVICE_ADDRESS}))
    write_certificates(site.paths.certificates, addresses=addresses, node=node)
    for attempt in range(_PORT_ATTEMPTS):
        try:
            return _start(site, enter)
        except DaemonExitedError as error:
            if "address already in use" not in error.log_tail or attempt == _PORT_ATTEMPTS - 1:
                raise
            _forget_ports(site)
    raise AssertionError


def start_controllers(site: Site, api: ApiServer, enter: Enter) -> None:
    """Start kube-controller-manager and return when it has made the default service account."""
    program = site.binaries.path("kube-controller-manager")
    site.daemons.ensure(enter(build_controllers(program, site.paths)))
    site.daemons.wait(
        lambda: api.get(_ACCOUNT) is not None,
        what="the default service account",
        seconds=_READY_SECONDS,
        needs=API_BINARIES,
    )


def _start(site: Site, enter: Enter) -> ApiServer:
    record = site.daemons.record
    if not record.api_port:
        api_port, etcd_port = (6443, 2379) if record.slot is not None else _free_ports(2)
        site.daemons.change(replace(record, api_port=api_port, etcd_port=etcd_port))
    record = site.daemons.record
    listening = Listening(
        api_host=record.node_address,
        api_port=record.api_port,
        etcd_port=record.etcd_port,
        routable=record.slot is not None,
    )
    site.write_kubeconfigs(("kube-controller-manager",))
    site.daemons.ensure(enter(build_etcd(site.binaries.path("etcd"), site.paths, listening)))
    program = site.binaries.path("kube-apiserver")
    site.daemons.ensure(enter(build_apiserver(program, site.paths, listening, record.apiserver_args)))
    api = api_server(site)
    site.daemons.wait(api.ready, what="the API server's readiness", seconds=_READY_SECONDS, needs=API_BINARIES[:2])
    return api


def _forget_ports(site: Site) -> None:
    for name in reversed(API_BINARIES):
        site.daemons.stop(name)
    site.daemons.change(replace(site.daemons.record, api_port=0, etcd_port=0))


def _free_ports(count: int) -> tuple[int, ...]:
    """Return ports nobody listens on now, all different."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for opened in sockets:
            opened.bind((_LOOPBACK, 0))
        return tuple(opened.getsockname()[1] for opened in sockets)
    finally:
        for opened in sockets:
            opened.close()
