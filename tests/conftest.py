"""Fixtures that every folder of tests may use."""

import pytest

from tests.support.api_server import api_server, crds, namespace

__all__ = ["api_server", "crds", "namespace"]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what uses a real API server; its start, which may build it first, does not count as the test's own time."""
    for item in items:
        if "api_server" in getattr(item, "fixturenames", ()):
            item.add_marker("api")
            if item.get_closest_marker("timeout") is None:
                item.add_marker(pytest.mark.timeout(120, func_only=True))
