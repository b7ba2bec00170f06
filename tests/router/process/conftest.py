import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.mongo import running_ferretdb


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(params=["sqlite", pytest.param("ferretdb", marks=pytest.mark.database)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database that several routers share."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/shared.db"
        return
    with running_ferretdb() as server:
        yield f"{server}vutler"
