"""What the browser tests of `ui/e2e` find when they start: a browser, the built dashboard, and a real API server."""

import json
import os
from dataclasses import dataclass

import pytest

from hack.cluster.binaries import Binaries
from hack.cluster.progress import Progress
from hack.dashboard.build import PUBLISHED, publish_dashboard
from hack.dashboard.chromium import find_chromium
from hack.dashboard.node import Node, find_node
from hack.dashboard.packages import install_packages
from hack.images.cache import Cache
from tests.operator.api.world import World
from tests.router.cluster.conftest import Account, account, world
from tests.support.api_server import WITHOUT
from tests.support.helm import helm

__all__ = ["Stage", "account", "helm", "stage", "world"]


@dataclass(frozen=True, slots=True)
class Stage:
    """How a browser test is started."""

    node: Node
    environment: dict[str, str]


@pytest.fixture(scope="session")
def browser() -> str:
    if "browser" in os.environ.get(WITHOUT, "").split(","):
        pytest.skip(f"{WITHOUT} names browser")
    return find_chromium(Progress())


@pytest.fixture(scope="session")
def node() -> Node:
    """Build the dashboard as it is now, with everything that the tests themselves need."""
    cache, progress = Cache.of_this_user(), Progress()
    found = find_node(cache, progress)
    install_packages(found, cache, progress)
    publish_dashboard(cache, progress)
    return found


@pytest.fixture(scope="module")
def stage(browser: str, node: Node, world: World, account: Account) -> Stage:
    cluster = {
        "admin": str(world.server.kubeconfig),
        "router": str(account.kubeconfig),
        "namespace": world.namespace,
        "kubectl": str(Binaries(Progress()).path("kubectl")),
    }
    return Stage(node, {"CHROMIUM": browser, "ROUTER_UI_DIR": str(PUBLISHED), "DASHBOARD_CLUSTER": json.dumps(cluster)})
