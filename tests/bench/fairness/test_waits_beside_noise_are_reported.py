import json
from dataclasses import replace

import pytest

from bench.fairness.load import Experience
from bench.fairness.options import Options, parse_options
from bench.fairness.report import Conditions, Report, bound_of, summarise
from bench.fairness.setups import AGENTS, QUIET, Setup
from bench.fairness.upstream import Allowance
from bench.router.table import Ink

CONDITIONS = Conditions("2026-11-26T12:00:00+00:00", 2, "3.11", "abc", 0.1)
WAITS = Experience(waits=[1.0, 2.0, 3.0], refused=4, left=[0.5])


def report(quiet: Experience) -> Report:
    noisy = summarise(WAITS)
    agents = dict.fromkeys(AGENTS, noisy) | {QUIET: summarise(quiet)}
    return Report(CONDITIONS, Options(), dict.fromkeys(Setup, agents))


def test_waits_that_have_no_end_count_as_far_as_they_got() -> None:
    figures = summarise(Experience(waits=[1.0, 2.0], refused=3, left=[9.0]))
    assert (figures.answered, figures.refused, figures.left) == (2, 3, 1)
    assert (figures.p50, figures.longest) == (2.0, 9.0)


def test_who_was_never_answered_nor_asked_has_no_wait() -> None:
    assert summarise(Experience()).longest == 0.0


def test_the_goal_is_one_turn_of_each_agent() -> None:
    assert bound_of(Options(rpm=60)) == pytest.approx(3 * 60 / 59 + 0.5)
    assert bound_of(Options(rpm=1)) == pytest.approx(3 * 60 / 0.9 + 0.5)


@pytest.mark.parametrize(("longest", "verdict"), [(3.5, "met"), (3.6, "not met")])
def test_the_verdict_is_about_the_quiet_agents_longest_wait(longest: float, verdict: str) -> None:
    found = report(Experience(waits=[0.1, longest]))
    assert found.as_text(Ink(colourful=False)).endswith(f"{longest:.2f} s at the most; goal 3.55 s: {verdict}\n")
    assert found.bounded is (verdict == "met")


def test_a_person_reads_a_table_for_each_setup() -> None:
    lines = [" ".join(line.split()) for line in report(WAITS).as_text(Ink(colourful=False)).splitlines()]
    assert lines.count("noisy-1 3 4 1 1.50 2.85 3.00") == len(Setup)
    assert sum("longest" in line for line in lines) == len(Setup)
    assert "load average before: 0.10" in lines[0]


def test_a_program_reads_the_same_figures() -> None:
    written = json.loads(report(WAITS).as_json())
    assert set(written["figures"]) == {"turns", "one_line", "no_turns"}
    assert written["figures"]["turns"]["quiet"]["answered"] == 3
    assert (written["bounded"], written["options"]["rpm"]) == (True, 60)


def test_the_provider_allows_no_more_than_its_limit_in_any_minute() -> None:
    allowance = Allowance(2)
    assert [allowance.wait(b"key", now) for now in (0.0, 10.0)] == [0.0, 0.0]
    assert allowance.wait(b"key", 20.0) == 40.0
    assert allowance.wait(b"other", 20.0) == 0.0
    assert allowance.wait(b"key", 60.0) == 0.0
    assert allowance.wait(b"key", 60.0) == 10.0


def test_options_are_read_and_must_make_sense(capsys: pytest.CaptureFixture[str]) -> None:
    assert parse_options([]) == Options()
    assert parse_options(["--seconds", "5", "--rpm", "600"]) == replace(Options(), seconds=5.0, rpm=600)
    with pytest.raises(SystemExit):
        parse_options(["--rpm", "0"])
    assert "more than 0" in capsys.readouterr().err
