"""Each file of `ui/e2e` as one test: its sentences are in its output, which is shown when one does not hold."""

import contextlib
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hack.cluster.processes import list_pids
from hack.dashboard.packages import UI
from tests.ui.browser.conftest import Stage

FILES = sorted(path.name.removesuffix(".test.ts") for path in (UI / "e2e").glob("*.test.ts"))
LIMIT_SECONDS = 300
GRACE_SECONDS = 20
MARK = "VUTLER_BROWSER_TEST"


@pytest.mark.timeout(LIMIT_SECONDS + 3 * GRACE_SECONDS, func_only=True)
@pytest.mark.parametrize("file", FILES)
def test_the_dashboard_in_a_browser(stage: Stage, file: str, request: pytest.FixtureRequest) -> None:
    code, said = run(stage, f"e2e/{file}.test.ts")
    assert code == 0, said
    with request.getfixturevalue("capsys").disabled():
        sys.stdout.write(f"\n{said}")


def run(stage: Stage, file: str) -> tuple[int, str]:
    """Run a file of tests; nothing that it started is left, however it ends."""
    mark = secrets.token_hex(8)
    arguments = [*stage.node.npm, "run", "--silent", "e2e", "--", file]
    environment = stage.node.environment(**stage.environment, PYTHON=sys.executable, NO_COLOR="1", **{MARK: mark})
    process = subprocess.Popen(
        arguments, cwd=UI, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
    )
    try:
        said, _ = process.communicate(timeout=LIMIT_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(GRACE_SECONDS)
        for pid in marked(mark):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        said, _ = process.communicate()
        return 1, f"not done after {LIMIT_SECONDS} s\n{said.decode(errors='replace')}"
    return process.returncode, said.decode(errors="replace")


def marked(mark: str) -> Iterator[int]:
    """Find what the tests started, also what has a group of its own: the mark is in its environment."""
    for pid in list_pids():
        with contextlib.suppress(OSError):
            if f"{MARK}={mark}".encode() in Path(f"/proc/{pid}/environ").read_bytes():
                yield pid
