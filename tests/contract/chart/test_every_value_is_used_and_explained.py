from typing import Any

import pytest

from hack.docs.chart_values import PAGE, VALUES, read_values, render_page
from tests.contract.chart.values import DEFAULTS, leaves, references

COMMENTED = read_values(VALUES.read_text())


def reads(path: str) -> bool:
    return any(path == read or (whole and path.startswith(f"{read}.")) for read, whole in references())


@pytest.mark.parametrize("path", [*leaves(DEFAULTS)])
def test_a_template_reads_the_value(path: str) -> None:
    assert reads(path), f"no template reads {path}"


@pytest.mark.parametrize("path", [path for path, _ in references()])
def test_what_a_template_reads_is_in_the_values_file(path: str) -> None:
    node: Any = DEFAULTS
    for key in path.split("."):
        assert key in node, f"a template reads {path}, which values.yaml does not have"
        node = node[key]


@pytest.mark.parametrize("value", COMMENTED, ids=lambda value: value.path)
def test_a_comment_says_what_the_value_is_for(value: Any) -> None:
    assert value.purpose.endswith("."), f"{value.path} needs a comment above it that is a sentence"


def test_the_comments_cover_exactly_the_values() -> None:
    assert sorted(value.path for value in COMMENTED) == sorted(leaves(DEFAULTS))


def test_the_reference_page_is_up_to_date() -> None:
    assert PAGE.read_text() == render_page(COMMENTED), "run: make docs"
