import re

import pytest

from tests.project.sources import ROOT

PAGE = (ROOT / "docs/guarantees.md").read_text()
NAMED = sorted(set(re.findall(r"`((?:tests|bench)/[^`]+)`", PAGE)))


@pytest.mark.parametrize("path", NAMED)
def test_a_named_test_exists_and_tests_something(path: str) -> None:
    place = ROOT / path
    assert place.exists()
    assert place.is_dir() or re.search(r"^ *(async )?def test_\w+\(", place.read_text(), re.MULTILINE)


def test_each_of_the_eight_guarantees_has_a_test_on_a_real_api_server() -> None:
    rows = re.findall(r"^\| (\d) \|(.*)$", PAGE, re.MULTILINE)
    assert [number for number, _ in rows] == [str(number) for number in range(1, 9)]
    assert [number for number, row in rows if "`tests/operator/api/" not in row and number != "4"] == []


def test_every_mistake_has_a_test() -> None:
    table = PAGE.partition("## Known mistakes")[2]
    rows = [
        line for line in table.splitlines() if line.startswith("| ") and "Mistake" not in line and "Wish" not in line
    ]
    assert len(rows) > 13
    assert [row for row in rows if "`tests/" not in row and "`bench/" not in row] == []
