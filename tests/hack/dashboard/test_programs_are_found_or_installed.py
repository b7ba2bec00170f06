from pathlib import Path

import pytest

from hack.cluster.progress import Progress
from hack.dashboard.chromium import find_chromium
from hack.dashboard.node import is_new_enough
from hack.images.machine import Need, Work, plan


@pytest.mark.parametrize(
    ("node", "npm", "enough"),
    [
        ("v20.19.0", "11.0.0", True),
        ("v20.18.3", "11.0.0", False),
        ("v18.20.4", "11.0.0", False),
        ("v21.7.3", "11.0.0", False),
        ("v22.11.0", "11.0.0", False),
        ("v22.12.0", "11.0.0", True),
        ("v24.1.0", "12.1.0", True),
        ("v20.19.0", "10.9.2", False),
        ("", "", False),
    ],
)
def test_node_is_taken_where_vite_runs_on_it(node: str, npm: str, enough: bool) -> None:  # noqa: FBT001
    assert is_new_enough(node, npm) is enough


def test_the_browser_that_is_named_is_taken(tmp_path: Path) -> None:
    named = str(tmp_path / "chrome")
    assert find_chromium(Progress(), {"CHROMIUM": named}) == named


def test_who_cannot_install_a_browser_is_told_how_to_name_one() -> None:
    work = Work("installing a browser", "set CHROMIUM")
    refusal = plan([Need("chromium", "chromium", "shows pages")], root=False, apt=True, work=work).refusal
    assert refusal == "installing a browser needs root: run as root, or set CHROMIUM"
