"""The real OpenClaw, to judge what the operator writes for it."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def openclaw() -> Path:
    """Return the program; installed by `hack.images` the first time, which takes a minute."""
    done = subprocess.run(
        [sys.executable, "-m", "hack.images", "openclaw-home"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.strip().splitlines()[-1]) / "bin/openclaw"
