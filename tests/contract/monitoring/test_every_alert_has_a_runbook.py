import re

import pytest

from tests.contract.monitoring.shipped import rules
from tests.support.helm import CHART, Helm
from vutler_operator.reconcile.metrics import Metrics
from vutler_operator.reconcile.store import Store

PAGE = (CHART.parents[1] / "docs" / "guide" / "monitoring.md").read_text()
SECTIONS = dict(re.findall(r"^### (\w+)\n\n(.+?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL))
NAMES = re.compile(r"`((?:vutler|gen_ai)_\w+)(?:\{([^}`]*)\})?`")


@pytest.mark.api
def test_each_alert_points_to_a_section_of_its_name(helm: Helm) -> None:
    found = {rule.name: rule.content["annotations"]["runbook_url"] for rule in rules(helm)}

    assert set(SECTIONS) == set(found)
    assert all(url == f"docs/guide/monitoring.md#{name.lower()}" for name, url in found.items())
    assert all(len(text) > 80 for text in SECTIONS.values())


@pytest.mark.api
def test_each_alert_says_what_happened_and_how_bad_it_is(helm: Helm) -> None:
    for rule in rules(helm):
        assert rule.content["labels"]["severity"] in {"critical", "warning", "info"}
        assert rule.content["annotations"]["summary"]
        assert rule.content["annotations"]["description"].endswith(".")


def test_the_page_describes_each_metric_of_the_operator_with_its_labels() -> None:
    metrics = Metrics()
    kinds = dict(re.findall(r"^# TYPE (\S+) (\S+)$", metrics.render(Store()).decode(), re.MULTILINE))
    exist = {name for name in kinds if name.startswith("vutler_operator_") and not name.endswith("_created")}
    table = PAGE.partition("## The operator's metrics")[2].partition("\n## ")[0]
    described = dict(NAMES.findall(table))

    assert {name for name in described if name.startswith("vutler_operator_")} == exist
    for collector in metrics.registry._collector_to_names:
        name = getattr(collector, "_name", "")
        for spelt in (name, f"{name}_total"):
            if spelt in described:
                assert described[spelt] == ",".join(getattr(collector, "_labelnames", ()))
