"""Compose the command lines of the control plane; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hack.cluster.certificates import pair
from hack.cluster.paths import ClusterPaths
from hack.cluster.processes import Daemon

__all__ = ["SERVICE_RANGE", "Listening", "build_apiserver", "build_controllers", "build_etcd", "build_scheduler"]

SERVICE_RANGE = "10.96.0.0/16"
FIRST_SERVICE_ADDRESS = "10.96.0.1"
"""Address of the `kubernetes` Service: the first of the range."""


@dataclass(frozen=True, slots=True)
class Listening:
    """Say where the control plane listens."""

    api_host: str
    api_port: int
    etcd_port: int
    routable: bool
    """Whether pods can reach `api_host`: it then becomes the endpoint of the `kubernetes` Service."""


def build_etcd(program: Path, paths: ClusterPaths, listening: Listening) -> Daemon:
    """Describe etcd: on loopback only, for the API server's certificate only, without waiting for the disk."""
    own = pair(paths.certificates, "etcd")
    address = f"https://127.0.0.1:{listening.etcd_port}"
    peers = "http://127.0.0.1:0"
    flags = {
        "--name": "default",
        "--data-dir": paths.etcd,
        "--listen-client-urls": address,
        "--advertise-client-urls": address,
        "--listen-peer-urls": peers,
        "--initial-advertise-peer-urls": peers,
        "--initial-cluster": f"default={peers}",
        "--client-cert-auth": "true",
        "--trusted-ca-file": own.certificate,
        "--cert-file": own.certificate,
        "--key-file": own.key,
        "--unsafe-no-fsync": "true",
        "--log-level": "warn",
    }
    return Daemon("etcd", (str(program), *_flags(flags)))


def build_apiserver(program: Path, paths: ClusterPaths, listening: Listening, extra: tuple[str, ...] = ()) -> Daemon:
    """Describe kube-apiserver; `extra` flags come last and win over ours."""
    serving, etcd = pair(paths.certificates, "apiserver"), pair(paths.certificates, "etcd")
    admin = pair(paths.certificates, "admin")
    flags = {
        "--etcd-servers": f"https://127.0.0.1:{listening.etcd_port}",
        "--etcd-cafile": etcd.certificate,
        "--etcd-certfile": etcd.certificate,
        "--etcd-keyfile": etcd.key,
        "--bind-address": listening.api_host,
        "--external-hostname": listening.api_host,
        "--secure-port": listening.api_port,
        "--tls-cert-file": serving.certificate,
        "--tls-private-key-file": serving.key,
        "--client-ca-file": pair(paths.certificates, "ca").certificate,
        "--service-cluster-ip-range": SERVICE_RANGE,
        "--service-account-issuer": "https://kubernetes.default.svc",
        "--service-account-key-file": paths.certificates / "service-accounts.pub",
        "--service-account-signing-key-file": paths.certificates / "service-accounts.key",
        "--authorization-mode": "Node,RBAC",
        "--enable-admission-plugins": "NodeRestriction",
        "--allow-privileged": "true",
        "--kubelet-client-certificate": admin.certificate,
        "--kubelet-client-key": admin.key,
        "--kubelet-preferred-address-types": "InternalIP",
        "--profiling": "false",
        # A loopback address is no valid endpoint: without pods, nobody needs the `kubernetes` Service.
        **(
            {"--advertise-address": listening.api_host}
            if listening.routable
            else {"--endpoint-reconciler-type": "none"}
        ),
    }
    return Daemon("kube-apiserver", (str(program), *_flags(flags), *extra))


def build_controllers(program: Path, paths: ClusterPaths) -> Daemon:
    """Describe kube-controller-manager."""
    authority = pair(paths.certificates, "ca")
    flags = {
        "--kubeconfig": paths.config / "kube-controller-manager.kubeconfig",
        "--service-account-private-key-file": paths.certificates / "service-accounts.key",
        "--root-ca-file": authority.certificate,
        "--cluster-signing-cert-file": authority.certificate,
        "--cluster-signing-key-file": authority.key,
        "--use-service-account-credentials": "true",
        # Forty controllers fetch an account each at the start; the default of 20 requests a second makes that seconds.
        "--kube-api-qps": "300",
        "--kube-api-burst": "600",
        "--controllers": "*,-nodeipam,-node-route-controller,-service-lb-controller",
        "--leader-elect": "false",
        "--secure-port": "0",
    }
    return Daemon("kube-controller-manager", (str(program), *_flags(flags)))


def build_scheduler(program: Path, paths: ClusterPaths) -> Daemon:
    """Describe kube-scheduler."""
    flags = {
        "--kubeconfig": paths.config / "kube-scheduler.kubeconfig",
        "--leader-elect": "false",
        "--secure-port": "0",
    }
    return Daemon("kube-scheduler", (str(program), *_flags(flags)))


def _flags(flags: Mapping[str, object]) -> tuple[str, ...]:
    return tuple(f"{flag}={value}" for flag, value in flags.items())
