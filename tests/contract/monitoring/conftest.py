import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from hack.cluster.binaries import Binaries
from hack.cluster.progress import Progress
from tests.operator.api.operator_process import OperatorProcess, run_operator
from tests.router.conftest import router, upstream
from tests.support.api_server import ApiServer
from tests.support.helm import helm

__all__ = ["helm", "operator", "promtool", "router", "upstream"]

NOBODY = "http://127.0.0.1:9"


class Promtool:
    """Prometheus' own tool."""

    def __init__(self, program: Path) -> None:
        self._program = program

    def run(self, *arguments: str, folder: Path) -> tuple[int, str]:
        """Run it in a folder and return its exit code and all it said."""
        done = subprocess.run(
            [str(self._program), *arguments], cwd=folder, capture_output=True, text=True, check=False, timeout=60
        )
        return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def operator(crds: ApiServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OperatorProcess]:
    """Run the real operator, without a router."""
    with run_operator(crds.kubeconfig, NOBODY, tmp_path_factory.mktemp("operator")) as running:
        yield running


@pytest.fixture(scope="session")
def promtool() -> Promtool:
    """Find promtool in the project's cache, building it there once."""
    return Promtool(Binaries(Progress()).path("promtool"))
