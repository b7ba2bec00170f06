import pytest

from hack.cluster.errors import ClusterError
from hack.cluster.network import Network, choose_slot, rules


def test_the_first_cluster_gets_the_first_slot() -> None:
    assert choose_slot(["lo", "eth0"], ["127.0.0.1", "192.168.1.7"]) == 0


def test_a_slot_is_skipped_when_its_interface_or_its_addresses_are_taken() -> None:
    assert choose_slot(["lo", "vutler0"], ["10.87.0.1", "10.87.1.200"]) == 2


def test_a_freed_slot_is_used_again() -> None:
    assert choose_slot(["vutler0", "vutler2"], ["10.87.0.1", "10.87.2.1"]) == 1


def test_a_machine_full_of_clusters_says_what_to_do() -> None:
    with pytest.raises(ClusterError, match="bring clusters down first"):
        choose_slot([f"vutler{slot}" for slot in range(250)], [])


def test_two_clusters_share_no_name_and_no_address() -> None:
    demo, test = Network("demo", 0), Network("test", 1)

    for one, other in zip(_names(demo), _names(test), strict=True):
        assert one != other


def test_the_name_of_the_interface_fits_the_kernel() -> None:
    assert len(Network("a" * 30, 249).interface) < 16


def test_only_masquerading_is_asked_of_a_host_that_forwards() -> None:
    assert [rule[:2] for rule in rules(Network("demo", 0), forward_blocked=False)] == [("nat", "POSTROUTING")]


def test_a_host_that_drops_forwarded_packets_is_asked_to_let_ours_pass_both_ways() -> None:
    filtering = [rule for rule in rules(Network("demo", 3), forward_blocked=True) if rule[0] == "filter"]

    assert {rule[2:4] for rule in filtering} == {("-i", "vutler3"), ("-o", "vutler3")}


def test_every_rule_says_whose_it_is() -> None:
    assert all("vutler-demo" in rule for rule in rules(Network("demo", 0), forward_blocked=True))


def _names(network: Network) -> tuple[str, ...]:
    return (network.namespace, network.interface, network.host_address, network.node_address, network.range)
