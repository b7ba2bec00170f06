"""An operator for a whole module of tests: it watches the cluster, each test has a namespace of its own.

Not for the session: modules that start operators of their own would have two that disagree.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.operator.api.operator_process import OperatorProcess, run_operator
from tests.operator.api.router_stand_in import StandInRouter, run_stand_in
from tests.operator.api.world import World
from tests.support.api_server import ApiServer
from tests.support.helm import helm

__all__ = ["helm", "operator", "own_operator", "own_router", "router", "world"]


@pytest.fixture(scope="module")
def router() -> Iterator[StandInRouter]:
    with run_stand_in(StandInRouter()) as running:
        yield running


@pytest.fixture(scope="module")
def operator(
    crds: ApiServer, router: StandInRouter, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[OperatorProcess]:
    folder = tmp_path_factory.mktemp("operator")
    with run_operator(crds.kubeconfig, router.url, folder) as running:
        yield running
        assert "Traceback" not in running.log.read_text()


@pytest.fixture
def own_router() -> Iterator[StandInRouter]:
    """Give a router that a test may break without harm to others."""
    with run_stand_in(StandInRouter()) as running:
        yield running


@pytest.fixture
def own_operator(world: World, own_router: StandInRouter, tmp_path: Path) -> Iterator[OperatorProcess]:
    """Start an operator for a test's namespace alone, with a router of its own."""
    with run_operator(world.server.kubeconfig, own_router.url, tmp_path, world.namespace) as operator:
        yield operator


@pytest.fixture
def world(crds: ApiServer, namespace: str) -> World:
    return World(crds, namespace)
