from dataclasses import replace

import pytest

from hack.cluster.choice import Choice, Machine, choose, choose_again
from hack.cluster.errors import ClusterError
from hack.cluster.record import Level, Record

BARE = Machine(linux=True, root=False, debian=True, docker=False, kind=False, kubeconfig="")
ROOT = replace(BARE, root=True)
DOCKER = replace(BARE, docker=True, kind=True)


def test_root_on_debian_gets_a_real_node_of_its_own() -> None:
    assert choose("auto", "node", ROOT) == Choice("local", "node")


def test_root_on_debian_prefers_its_own_node_to_kind() -> None:
    assert choose("auto", "node", replace(ROOT, docker=True, kind=True)).provider == "local"


def test_kind_is_used_when_it_is_all_there_is() -> None:
    choice = choose("auto", "node", DOCKER)

    assert (choice.provider, choice.level) == ("kind", "node")
    assert "root" in choice.notice


@pytest.mark.parametrize("lack", [{"docker": False}, {"kind": False}])
def test_without_root_and_without_a_docker_engine_pods_are_simulated_and_that_is_said(lack: dict[str, bool]) -> None:
    choice = choose("auto", "node", replace(DOCKER, **lack))  # type: ignore[arg-type] # flags, all bool

    assert (choice.provider, choice.level) == ("local", "simulated")
    assert "SIMULATED" in choice.notice


def test_an_explicit_kubeconfig_of_the_caller_wins_and_is_named() -> None:
    choice = choose("auto", "node", replace(ROOT, kubeconfig="/home/dev/prod"))

    assert choice.provider == "kubeconfig"
    assert "/home/dev/prod" in choice.notice


@pytest.mark.parametrize("level", ["api", "simulated"])
def test_a_cluster_without_nodes_is_always_local(level: Level) -> None:
    assert choose("auto", level, replace(DOCKER, kubeconfig="/home/dev/prod")) == Choice("local", level)


def test_a_node_asked_of_somebody_who_is_not_root_is_refused_with_the_remedy() -> None:
    with pytest.raises(ClusterError, match="run as root"):
        choose("local", "node", BARE)


def test_a_missing_kubeconfig_is_named() -> None:
    with pytest.raises(ClusterError, match="KUBECONFIG"):
        choose("kubeconfig", "node", ROOT)


def test_kind_without_an_engine_is_refused() -> None:
    with pytest.raises(ClusterError, match="Docker engine"):
        choose("kind", "node", replace(DOCKER, docker=False))


def test_a_machine_without_linux_simulates() -> None:
    assert choose("auto", "node", replace(ROOT, linux=False)).level == "simulated"


def test_a_cluster_keeps_its_provider_when_the_environment_changes() -> None:
    known = Record(name="demo", level="node", provider="local", kubeconfig="/state/kubeconfig")

    assert choose_again(known, "auto", "node", replace(ROOT, kubeconfig="/home/dev/prod")) == Choice("local", "node")


def test_a_simulated_cluster_stays_simulated() -> None:
    known = Record(name="demo", level="simulated", provider="local", kubeconfig="/state/kubeconfig")

    assert choose_again(known, "auto", "node", BARE).level == "simulated"


def test_another_provider_for_an_existing_cluster_is_refused() -> None:
    known = Record(name="demo", level="node", provider="kind", kubeconfig="/state/kubeconfig")

    with pytest.raises(ClusterError, match="exists with provider kind"):
        choose_again(known, "local", "node", ROOT)
