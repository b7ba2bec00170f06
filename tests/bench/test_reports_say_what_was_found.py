import io
import json

import pytest
from typing_extensions import override

from bench.router.report import as_json, as_text
from bench.router.table import Ink, Table
from tests.bench.values import results

PLAIN = Ink(colourful=False)


def lines_of(text: str) -> list[str]:
    """The lines, each with single spaces."""
    return [" ".join(line.split()) for line in text.splitlines()]


def test_a_table_is_as_wide_as_its_cells() -> None:
    table = Table("Title", ("", "a", "longer"), [("first", "1", "2"), ("x", "1,000", "3")])

    assert table.render(PLAIN).splitlines() == [
        "Title",
        "             a  longer",
        "  first      1       2",
        "  x      1,000       3",
    ]


def test_colours_are_for_terminals_alone() -> None:
    assert Ink.for_stream(io.StringIO(), {}).green("met") == "met"
    assert Ink(colourful=True).green("met") == "\033[32mmet\033[0m"


def test_a_person_who_wants_no_colour_gets_none() -> None:
    class Terminal(io.StringIO):
        @override
        def isatty(self) -> bool:
            return True

    assert Ink.for_stream(Terminal(), {}).red("x") == "\033[31mx\033[0m"
    assert Ink.for_stream(Terminal(), {"NO_COLOR": "1"}).red("x") == "x"


def test_the_text_has_a_column_for_each_target_and_says_what_it_adds() -> None:
    lines = lines_of(as_text(results(), PLAIN))

    assert "direct router litellm" in lines
    assert "JSON, whole answer p50 0.25 +0.50 +10.00" in lines
    assert "JSON at 32 9,000 3,000 100 30.0x" in lines


def test_goals_stand_beside_the_figures_with_a_verdict() -> None:
    lines = lines_of(as_text(results(), PLAIN))

    assert "added to a JSON answer, p50 0.50 ms <= 0.60 ms met" in lines
    assert "JSON answers at 32, against LiteLLM 30.0x >= 25.0x met" in lines
    assert "memory, peak 91.0 MB <= 90.0 MB not met" in lines


def test_a_peer_that_was_not_measured_has_no_goal() -> None:
    assert "Portkey" not in as_text(results(), PLAIN)


def test_a_figure_below_its_goal_is_not_met() -> None:
    lines = lines_of(as_text(results(router_rate=2400.0), PLAIN))

    assert "JSON answers at 32 2,400/s >= 2,500/s not met" in lines


def test_a_soak_is_told_with_its_slope() -> None:
    assert "memory first 50.0 MB, last 59.0 MB, highest 59.0 MB; second half +2.000 MB per minute" in lines_of(
        as_text(results(), PLAIN)
    )


@pytest.mark.parametrize(("rows", "verdict"), [(1000, ": each once"), (999, ": NOT each once, or with other tokens")])
def test_metering_is_judged(rows: int, verdict: str) -> None:
    found = results(rows=rows)

    assert found.exact == (rows == found.answers)
    assert any(line.endswith(verdict) for line in lines_of(as_text(found, PLAIN)))


def test_the_file_holds_figures_conditions_and_goals() -> None:
    written = json.loads(as_json(results()))

    assert written["conditions"]["cores"] == 2
    assert written["measured"]["json_32"]["router"]["rate"] == 3000.0
    assert written["added_ms"]["stream_1"]["litellm"]["first_p50"] == 10.0
    assert written["exact"] is True
    assert written["goals"][0] == {
        "goal": "added to a JSON answer, p50",
        "wanted": "<= 0.60 ms",
        "figure": 0.5,
        "met": True,
    }
