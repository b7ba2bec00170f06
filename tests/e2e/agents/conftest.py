from collections.abc import Iterator

import pytest

from hack.cluster.network import find_network
from hack.cluster.paths import cluster_paths
from hack.demo.release import install
from tests.support.host_upstream import HostUpstream, host_upstream
from tests.support.platform import CLUSTER, RELEASE_VALUES, Platform


@pytest.fixture(scope="package")
def providers(platform: Platform) -> Iterator[HostUpstream]:
    """Point the release's providers at a server of this machine; afterwards they are what they were."""
    network = find_network(cluster_paths(CLUSTER))
    assert network is not None
    with host_upstream(network.host_address) as upstream:
        install(platform.target, platform.build, {**RELEASE_VALUES, **upstream.chart_values()})
        yield upstream
    install(platform.target, platform.build, RELEASE_VALUES)
