from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.contract.monitoring.alert_cases import CASES
from tests.contract.monitoring.conftest import Promtool
from tests.contract.monitoring.shipped import BOARDS, expressions, groups, rules
from tests.support.helm import Helm

pytestmark = pytest.mark.api


def situation(alert: str, series: dict[str, str], at: str, *, fires: bool) -> dict[str, Any]:
    """Write down one situation as promtool's unit tests have it."""
    firing = f'count(ALERTS{{alertname="{alert}", alertstate="firing"}})'
    return {
        "name": f"{alert} {'fires' if fires else 'rests'}: {series}",
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": [
            {"expr": firing, "eval_time": at, "exp_samples": [{"labels": "{}", "value": 1}] if fires else []}
        ],
    }


def write_rules(folder: Path, content: list[dict[str, Any]]) -> None:
    (folder / "rules.yaml").write_text(yaml.safe_dump({"groups": content}))


def test_every_alert_has_situations_in_which_it_fires_and_rests(helm: Helm) -> None:
    assert {rule.name for rule in rules(helm)} == set(CASES)
    assert all(case.fires and case.rests for case in CASES.values())


def test_prometheus_takes_the_rules(helm: Helm, promtool: Promtool, tmp_path: Path) -> None:
    write_rules(tmp_path, groups(helm))

    code, said = promtool.run("check", "rules", "--lint=all", "--lint-fatal", "rules.yaml", folder=tmp_path)

    assert (code, f"{len(CASES)} rules found" in said) == (0, True), said


def test_alerts_fire_when_they_should_and_only_then(helm: Helm, promtool: Promtool, tmp_path: Path) -> None:
    write_rules(tmp_path, groups(helm))
    situations = [
        situation(alert, series, case.at, fires=fires)
        for alert, case in CASES.items()
        for fires, several in ((True, case.fires), (False, case.rests))
        for series in several
    ]
    tests = {"rule_files": ["rules.yaml"], "evaluation_interval": "1m", "tests": situations}
    (tmp_path / "tests.yaml").write_text(yaml.safe_dump(tests))

    code, said = promtool.run("test", "rules", "tests.yaml", folder=tmp_path)

    assert code == 0, said


@pytest.mark.parametrize("board", BOARDS)
def test_prometheus_takes_what_a_dashboard_asks(promtool: Promtool, board: str, tmp_path: Path) -> None:
    asked = [{"record": f"panel:{number}", "expr": text} for number, text in enumerate(expressions(BOARDS[board]))]
    write_rules(tmp_path, [{"name": board, "rules": asked}])

    code, said = promtool.run("check", "rules", "--lint=none", "rules.yaml", folder=tmp_path)

    assert (code, f"{len(asked)} rules found" in said) == (0, True), said


def test_a_release_elsewhere_watches_its_own_namespace(helm: Helm) -> None:
    assert "vutler-system" not in str(groups(helm, "elsewhere"))
