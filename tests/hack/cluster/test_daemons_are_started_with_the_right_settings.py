import json
import tomllib
from pathlib import Path

import pytest

from hack.cluster.control_plane import Listening, build_apiserver, build_etcd
from hack.cluster.netns import on_host, within
from hack.cluster.network import Network
from hack.cluster.node_config import (
    NodePlan,
    build_cni,
    build_containerd_config,
    build_corefile,
    build_dns_objects,
    build_kube_proxy,
    build_kubelet_config,
    usable_resolvers,
)
from hack.cluster.paths import ClusterPaths
from hack.cluster.processes import Daemon

PATHS = ClusterPaths(name="demo", state=Path("/state"))
PLAN = NodePlan(
    paths=PATHS,
    network=Network("demo", 4),
    name="demo-node",
    pause_image="localhost/pause:1",
    cni_plugins=Path("/usr/lib/cni"),
    resolver_file=Path("/etc/resolv.conf"),
)
LOOPBACK = Listening(api_host="127.0.0.1", api_port=40001, etcd_port=40002, routable=False)
NAMESPACE = Listening(api_host="10.87.4.2", api_port=6443, etcd_port=2379, routable=True)


def test_etcd_listens_on_loopback_and_trusts_one_certificate() -> None:
    argv = build_etcd(Path("/bin/etcd"), PATHS, NAMESPACE).argv

    assert "--listen-client-urls=https://127.0.0.1:2379" in argv
    assert "--client-cert-auth=true" in argv
    assert "--trusted-ca-file=/state/clusters/demo/certificates/etcd.crt" in argv


def test_a_loopback_api_server_publishes_no_endpoint_nobody_could_reach() -> None:
    argv = build_apiserver(Path("/bin/kube-apiserver"), PATHS, LOOPBACK).argv

    assert "--bind-address=127.0.0.1" in argv
    assert "--endpoint-reconciler-type=none" in argv
    assert not any(flag.startswith("--advertise-address") for flag in argv)


def test_an_api_server_with_pods_tells_them_its_address() -> None:
    argv = build_apiserver(Path("/bin/kube-apiserver"), PATHS, NAMESPACE).argv

    assert "--advertise-address=10.87.4.2" in argv


def test_flags_of_the_caller_come_last_and_win() -> None:
    argv = build_apiserver(Path("/bin/kube-apiserver"), PATHS, LOOPBACK, ("--audit-log-path=/tmp/audit",)).argv

    assert argv[-1] == "--audit-log-path=/tmp/audit"


def test_a_daemon_of_the_node_enters_the_network_but_keeps_the_mounts() -> None:
    inside = within("vutler-demo")(Daemon("kubelet", ("/bin/kubelet", "--x")))

    assert inside.argv == ("nsenter", "--net=/run/netns/vutler-demo", "/bin/kubelet", "--x")
    assert on_host(inside) is inside


def test_containerd_keeps_everything_in_the_folder_of_the_cluster() -> None:
    config = tomllib.loads(build_containerd_config(PLAN))
    cri = config["plugins"]["io.containerd.grpc.v1.cri"]

    places = [config["root"], config["state"], config["grpc"]["address"], cri["cni"]["conf_dir"]]
    places.append(config["plugins"]["io.containerd.internal.v1.opt"]["path"])
    places.append(cri["containerd"]["runtimes"]["runc"]["options"]["Root"])
    assert all(place.startswith("/state/clusters/demo/") for place in places)
    assert cri["netns_mounts_under_state_dir"] is True
    assert cri["sandbox_image"] == "localhost/pause:1"


def test_two_clusters_never_share_a_cgroup() -> None:
    other = NodePlan(ClusterPaths("test", Path("/state")), Network("test", 5), "n", "p", Path("/cni"), Path("/r"))

    roots = {json.loads(build_kubelet_config(plan))["cgroupRoot"] for plan in (PLAN, other)}

    assert roots == {"/vutler-demo", "/vutler-test"}


def test_kubelet_answers_only_to_those_the_api_server_knows() -> None:
    config = json.loads(build_kubelet_config(PLAN))

    assert config["authentication"]["anonymous"] == {"enabled": False}
    assert config["authorization"] == {"mode": "Webhook"}


def test_pod_addresses_are_kept_in_the_folder_of_the_cluster() -> None:
    network = json.loads(build_cni(PLAN))

    assert network["name"] == "vutler-demo"
    assert network["plugins"][0]["ipam"]["dataDir"] == "/state/clusters/demo/cni/addresses"


@pytest.mark.parametrize("needed", [True, False])
def test_everything_is_masqueraded_only_where_bridges_bypass_iptables(*, needed: bool) -> None:
    argv = build_kube_proxy(PLAN, Path("/bin/kube-proxy"), masquerade_all=needed).argv

    assert ("--masquerade-all=true" in argv) is needed


def test_names_of_the_cluster_are_answered_here_and_all_others_asked_of_the_host() -> None:
    corefile = build_corefile(PLAN, "https://10.87.4.2:6443", ["192.0.2.53", "192.0.2.54"])

    assert "bind 10.87.4.1" in corefile
    assert "kubernetes cluster.local" in corefile
    assert "forward . 192.0.2.53 192.0.2.54" in corefile


def test_a_host_without_resolvers_still_gets_the_names_of_the_cluster() -> None:
    assert "forward" not in build_corefile(PLAN, "https://10.87.4.2:6443", [])


def test_the_dns_service_leads_to_where_coredns_listens() -> None:
    service, endpoints = build_dns_objects(PLAN).values()

    assert service["spec"]["clusterIP"] == "10.96.0.10"
    assert endpoints["endpoints"][0]["addresses"] == ["10.87.4.1"]
    target_ports = {port["targetPort"] for port in service["spec"]["ports"]}
    assert target_ports == {port["port"] for port in endpoints["ports"]}


def test_resolvers_are_read_past_comments_and_options() -> None:
    text = "# made by hand\nnameserver 127.0.0.53\nnameserver\noptions edns0\nsearch lan\nnameserver 192.0.2.1\n"

    assert usable_resolvers(text) == ["127.0.0.53", "192.0.2.1"]
