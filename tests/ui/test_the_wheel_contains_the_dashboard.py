import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from hack.cluster.paths import REPOSITORY
from hack.dashboard.build import PUBLISHED
from hack.images.vutler_image import context_files


@pytest.fixture(scope="module")
def built() -> list[str]:
    """Return the names of the built dashboard's files."""
    files = sorted(path.relative_to(PUBLISHED).as_posix() for path in PUBLISHED.rglob("*") if path.is_file())
    assert "index.html" in files, f"{PUBLISHED} is missing: build the dashboard first (make ui)"
    return files


def test_the_wheel_contains_every_file_of_the_dashboard(built: list[str], tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")

    with zipfile.ZipFile(wheel) as archive:
        packed = {name.removeprefix("vutler_router/ui/") for name in archive.namelist() if "/ui/" in name}
    assert packed == set(built)


def test_the_image_is_built_from_every_file_of_the_dashboard_and_from_no_other_part_of_it(built: list[str]) -> None:
    seen = {path.relative_to(REPOSITORY).as_posix() for path in context_files(REPOSITORY)}

    assert {name for name in seen if "/ui/" in name} == {f"router/vutler_router/ui/{name}" for name in built}
    assert [name for name in seen if name.startswith("ui/")] == []
