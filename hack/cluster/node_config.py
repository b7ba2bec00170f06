"""Compose configuration and command lines of a real node; pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hack.cluster.certificates import pair
from hack.cluster.network import POD_BRIDGE, POD_RANGE, Network
from hack.cluster.paths import ClusterPaths
from hack.cluster.processes import Daemon

__all__ = [
    "DNS_ADDRESS",
    "NodePlan",
    "build_cni",
    "build_containerd",
    "build_containerd_config",
    "build_coredns",
    "build_corefile",
    "build_kube_proxy",
    "build_kubelet",
    "build_kubelet_config",
    "usable_resolvers",
]

DNS_ADDRESS = "10.96.0.10"
DNS_PORT = 10053
"""Where CoreDNS listens on the host's end of the cable; 53 there may be taken by the host's own resolver."""
DOMAIN = "cluster.local"


@dataclass(frozen=True, slots=True)
class NodePlan:
    """Collect what the daemons of a node must agree on."""

    paths: ClusterPaths
    network: Network
    name: str
    """Name of the Node object."""
    pause_image: str
    cni_plugins: Path
    """Folder of the installed network plugins."""
    resolver_file: Path
    """resolv.conf that pods of dnsPolicy Default inherit."""

    @property
    def cgroup(self) -> str:
        """Name of the cgroup that holds all pods."""
        return f"vutler-{self.paths.name}"


def build_containerd_config(plan: NodePlan) -> str:
    """Return containerd's configuration (version 2: understood by containerd 1.4 to 2.x)."""
    paths = plan.paths
    return f"""\
version = 2
root = "{paths.containerd_root}"
state = "{paths.containerd_state}"
oom_score = 0

[grpc]
  address = "{paths.containerd_socket}"

[plugins."io.containerd.internal.v1.opt"]
  path = "{paths.containerd_root}/opt"

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{plan.pause_image}"
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "{plan.cni_plugins}"
    conf_dir = "{paths.cni}"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      Root = "{paths.containerd_state}/runc"
      SystemdCgroup = false
"""


def build_containerd(plan: NodePlan) -> Daemon:
    """Describe containerd."""
    return Daemon("containerd", ("containerd", "--config", str(plan.paths.config / "containerd.toml")))


def build_cni(plan: NodePlan) -> str:
    """Return the network configuration of pods: a bridge inside the cluster's namespace."""
    addresses = {
        "type": "host-local",
        "dataDir": str(plan.paths.cni / "addresses"),
        "ranges": [[{"subnet": POD_RANGE}]],
        "routes": [{"dst": "0.0.0.0/0"}],
    }
    bridge = {
        "type": "bridge",
        "bridge": POD_BRIDGE,
        "isGateway": True,
        "ipMasq": True,
        "hairpinMode": True,
        "ipam": addresses,
    }
    ports = {"type": "portmap", "capabilities": {"portMappings": True}}
    return json.dumps({"cniVersion": "0.4.0", "name": plan.network.namespace, "plugins": [bridge, ports]}, indent=2)


def build_kubelet_config(plan: NodePlan) -> str:
    """Return kubelet's configuration."""
    paths = plan.paths
    config: dict[str, Any] = {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": str(pair(paths.certificates, "ca").certificate)},
        },
        "authorization": {"mode": "Webhook"},
        "containerRuntimeEndpoint": f"unix://{paths.containerd_socket}",
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{plan.cgroup}",
        "failCgroupV1": False,
        "failSwapOn": False,
        "enforceNodeAllocatable": [],
        "clusterDNS": [DNS_ADDRESS],
        "clusterDomain": DOMAIN,
        "resolvConf": str(plan.resolver_file),
        "podLogsDir": str(paths.pod_logs),
        "volumePluginDir": str(paths.kubelet / "volume-plugins"),
        "makeIPTablesUtilChains": True,
        "maxPods": 250,
        "serializeImagePulls": False,
        # A developer's disk is often nearly full: evicting every pod for that helps nobody.
        "evictionHard": {"memory.available": "50Mi", "nodefs.available": "1%", "imagefs.available": "1%"},
        "imageGCHighThresholdPercent": 100,
        "imageGCLowThresholdPercent": 99,
        "shutdownGracePeriod": "0s",
        "syncFrequency": "10s",
    }
    return json.dumps(config, indent=2)


def build_kubelet(plan: NodePlan, program: Path) -> Daemon:
    """Describe kubelet."""
    flags = (
        f"--config={plan.paths.config / 'kubelet.json'}",
        f"--kubeconfig={plan.paths.config / 'kubelet.kubeconfig'}",
        f"--root-dir={plan.paths.kubelet}",
        f"--cert-dir={plan.paths.kubelet / 'pki'}",
        f"--hostname-override={plan.name}",
        f"--node-ip={plan.network.node_address}",
    )
    return Daemon("kubelet", (str(program), *flags))


def build_kube_proxy(plan: NodePlan, program: Path, *, masquerade_all: bool) -> Daemon:
    """Describe kube-proxy.

    Args:
        plan: the node.
        program: path of kube-proxy.
        masquerade_all: needed where the kernel does not show bridged packets to iptables: the answer of a pod to
            its neighbour would otherwise bypass the translation of the Service's address.
    """
    flags = (
        f"--kubeconfig={plan.paths.config / 'kube-proxy.kubeconfig'}",
        "--proxy-mode=iptables",
        "--iptables-min-sync-period=100ms",
        f"--cluster-cidr={POD_RANGE}",
        f"--hostname-override={plan.name}",
        "--conntrack-max-per-core=0",
        "--conntrack-tcp-timeout-established=0",
        "--conntrack-tcp-timeout-close-wait=0",
        *(("--masquerade-all=true",) if masquerade_all else ()),
    )
    return Daemon("kube-proxy", (str(program), *flags))


def build_corefile(plan: NodePlan, server: str, upstreams: Sequence[str]) -> str:
    """Return CoreDNS's configuration: the cluster's names, and the host's resolvers for all others."""
    admin = pair(plan.paths.certificates, "admin")
    authority = pair(plan.paths.certificates, "ca").certificate
    forward = f"  forward . {' '.join(upstreams)}\n" if upstreams else ""
    return f"""\
.:{DNS_PORT} {{
  bind {plan.network.host_address}
  errors
  kubernetes {DOMAIN} in-addr.arpa ip6.arpa {{
    endpoint {server}
    tls {admin.certificate} {admin.key} {authority}
    pods insecure
    fallthrough in-addr.arpa ip6.arpa
    ttl 5
  }}
{forward}  cache 30 {{
    disable success {DOMAIN}
    disable denial {DOMAIN}
  }}
  loop
}}
"""


def build_coredns(plan: NodePlan, program: Path) -> Daemon:
    """Describe CoreDNS: a process of the host, on the host's end of the cable.

    There it uses the host's resolvers as they are, loopback ones too, needs no image and no pod to be scheduled
    first, and answers as soon as the API server does.
    """
    return Daemon("coredns", (str(program), "-conf", str(plan.paths.config / "Corefile")))


def build_dns_objects(plan: NodePlan) -> dict[str, dict[str, Any]]:
    """Return the Service `kube-dns` and its endpoints, by path."""
    protocols = (("dns", "UDP"), ("dns-tcp", "TCP"))
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "kube-dns", "namespace": "kube-system", "labels": {"k8s-app": "kube-dns"}},
        "spec": {
            "clusterIP": DNS_ADDRESS,
            "ports": [
                {"name": name, "port": 53, "targetPort": DNS_PORT, "protocol": protocol} for name, protocol in protocols
            ],
        },
    }
    endpoints = {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "name": "kube-dns-host",
            "namespace": "kube-system",
            "labels": {"kubernetes.io/service-name": "kube-dns", "endpointslice.kubernetes.io/managed-by": "vutler"},
        },
        "addressType": "IPv4",
        "endpoints": [{"addresses": [plan.network.host_address], "conditions": {"ready": True}}],
        "ports": [{"name": name, "port": DNS_PORT, "protocol": protocol} for name, protocol in protocols],
    }
    return {
        "/api/v1/namespaces/kube-system/services/kube-dns": service,
        "/apis/discovery.k8s.io/v1/namespaces/kube-system/endpointslices/kube-dns-host": endpoints,
    }


def usable_resolvers(resolv_conf: str) -> list[str]:
    """Return the name servers named in the text of a resolv.conf."""
    lines = (line.split() for line in resolv_conf.splitlines())
    return [words[1] for words in lines if len(words) > 1 and words[0] == "nameserver"]
