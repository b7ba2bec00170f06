from io import StringIO

import pytest

from hack.cluster.commands import parse
from hack.cluster.errors import ClusterError
from hack.cluster.kind import host_address
from hack.cluster.local import binaries_for, daemons_for
from hack.cluster.prerequisites import missing_packages
from hack.cluster.progress import Progress
from hack.cluster.record import LEVELS
from hack.cluster.waiting import wait_until


def test_a_bare_machine_needs_all_packages_for_a_node() -> None:
    packages = missing_packages("node", lambda _: False, cni_plugins=False)

    assert {"containerd", "runc", "containernetworking-plugins", "iptables", "openssl"} <= set(packages)


def test_what_is_installed_from_elsewhere_is_not_installed_again() -> None:
    assert missing_packages("node", lambda program: program != "socat", cni_plugins=True) == ("socat",)


def test_an_api_server_needs_nothing_of_a_node() -> None:
    assert missing_packages("api", lambda program: program == "openssl", cni_plugins=False) == ()


def test_every_level_builds_on_the_one_below() -> None:
    for level in LEVELS:
        assert set(daemons_for("api")) <= set(daemons_for(level))
        assert set(binaries_for("api")) <= set(binaries_for(level))
    assert "kubelet" not in daemons_for("simulated")


def test_steps_are_timed_and_named_without_colours_when_nobody_watches() -> None:
    stream = StringIO()

    with Progress(stream).step("build etcd"):
        pass

    assert stream.getvalue().startswith("  build etcd ok (")
    assert "\033" not in stream.getvalue()


def test_a_failed_step_says_so() -> None:
    stream = StringIO()

    with pytest.raises(ClusterError), Progress(stream).step("build etcd"):
        raise ClusterError("no")

    assert "build etcd failed" in stream.getvalue()


def test_waiting_ends_with_the_name_of_what_did_not_happen() -> None:
    with pytest.raises(ClusterError, match="the moon did not happen"):
        wait_until(lambda: False, what="the moon", seconds=0, every=0)


def test_extra_flags_may_be_given_several_times() -> None:
    chosen = parse(["up", "--level", "api", "--apiserver-arg", "v=2", "--apiserver-arg=--audit-log-path=-"])

    assert chosen.apiserver_arg == ["v=2", "--audit-log-path=-"]


def test_pods_in_kind_reach_the_host_by_the_gateway_of_its_network() -> None:
    inspected = '[{"IPAM": {"Config": [{"Subnet": "fc00::/64", "Gateway": "fc00::1"}, {"Gateway": "172.18.0.1"}]}}]'

    assert host_address(inspected) == "172.18.0.1"
