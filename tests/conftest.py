"""Fixtures that every folder of tests may use."""

import os

import pytest
from hypothesis import settings

from tests.support.api_server import api_server, crds, namespace

settings.register_profile("steady", deadline=None)  # how long an example takes says nothing on a shared machine
settings.load_profile("steady")

__all__ = ["api_server", "crds", "namespace"]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what uses a real API server, and say what this machine cannot run.

    The start of the server, which may build it first, does not count as a test's own time.
    """
    without_node = pytest.mark.skip(reason="a real node needs root")
    for item in items:
        if item.get_closest_marker("node") and os.geteuid() != 0:
            item.add_marker(without_node)
        if "api_server" in getattr(item, "fixturenames", ()):
            item.add_marker("api")
            if item.get_closest_marker("timeout") is None:
                item.add_marker(pytest.mark.timeout(120, func_only=True))
