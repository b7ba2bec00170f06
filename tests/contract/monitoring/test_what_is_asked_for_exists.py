"""Dashboards and alerts name metrics and labels that the running programs have; others can never fire or be seen."""

import re
from collections.abc import Iterator

import pytest
from prometheus_client import CollectorRegistry

from tests.contract.monitoring.shipped import BOARDS, expressions, rules
from tests.operator.api.operator_process import OperatorProcess
from tests.support.helm import CHART, Helm
from tests.support.promql import Selector, groupings, selectors
from tests.support.running_router import RunningRouter
from vutler_operator.reconcile.metrics import Metrics
from vutler_operator.reconcile.store import Store

TARGET_LABELS = {"namespace", "job", "pod", "instance"}
"""Prometheus adds these by itself."""
SUFFIXES = {"histogram": ("_bucket", "_count", "_sum"), "summary": ("_count", "_sum")}
TYPE = re.compile(r"^# TYPE (\S+) (\S+)$", re.MULTILINE)
CODES = re.compile(r'"([a-z_]+)"')


def printed(exposition: str) -> set[str]:
    """Return the names of all series that a program prints or will print once something happened."""
    return {f"{name}{suffix}" for name, kind in TYPE.findall(exposition) for suffix in SUFFIXES.get(kind, ("",))}


def labels(registry: CollectorRegistry) -> dict[str, set[str]]:
    """Return the labels of each metric, by the metric's name without suffix."""
    found: dict[str, set[str]] = {}
    for collector in registry._collector_to_names:
        for family in collector.collect():
            own: tuple[str, ...] = getattr(collector, "_labelnames", ()) or getattr(family, "_labelnames", ())
            found.setdefault(family.name, set()).update(own)
            for sample in family.samples:
                found[family.name] |= set(sample.labels) - {"le"}
    return found


def label_of(selector: Selector, known: dict[str, set[str]]) -> set[str]:
    base = re.sub(r"_(bucket|count|sum|total|info)$", "", selector.metric)
    own = known.get(selector.metric) or known.get(base) or set()
    return own | TARGET_LABELS | ({"le"} if selector.metric.endswith("_bucket") else set())


@pytest.fixture
def asked(helm: Helm) -> dict[str, str]:
    """Give every expression with where it stands."""
    found = {f"alert {rule.name}": rule.expression for rule in rules(helm)}
    for board, content in BOARDS.items():
        found |= {f"dashboard {board}, {number}": text for number, text in enumerate(expressions(content))}
        for variable in content["templating"]["list"]:
            if variable["type"] == "query":
                found[f"dashboard {board}, {variable['name']}"] = variable["query"]["query"].split("(")[1].split(",")[0]
    return found


async def test_every_metric_is_printed_and_every_label_is_one_of_its_own(
    operator: OperatorProcess, router: RunningRouter, asked: dict[str, str]
) -> None:
    names = printed((await router.http.get("/metrics")).text) | printed(operator.metrics())
    metrics = Metrics()
    metrics.render(Store())
    known = labels(metrics.registry) | labels(router.process.metrics._registry)

    wrong = [f"{where}: {problem}" for where, text in asked.items() for problem in problems(text, names, known)]

    assert wrong == []
    assert len(asked) > 50


def problems(expression: str, names: set[str], known: dict[str, set[str]]) -> Iterator[str]:
    """Yield what an expression names that does not exist."""
    used = selectors(expression)
    for selector in used:
        if selector.metric == "up":
            continue
        if selector.metric not in names:
            yield f"there is no metric {selector.metric}"
        if unknown := set(selector.labels) - label_of(selector, known):
            yield f"{selector.metric} has no label {', '.join(sorted(unknown))}"
    everywhere = set().union(*(label_of(selector, known) for selector in used)) | TARGET_LABELS
    if unknown := groupings(expression) - everywhere:
        yield f"nothing has the label {', '.join(sorted(unknown))}"


async def test_every_metric_of_ours_can_be_seen_on_a_dashboard(
    operator: OperatorProcess, router: RunningRouter, asked: dict[str, str]
) -> None:
    exposition = (await router.http.get("/metrics")).text + operator.metrics()
    ours = {name for name, _ in TYPE.findall(exposition) if re.match("vutler_|gen_ai_", name)}
    shown = {selector.metric for text in asked.values() for selector in selectors(text)}

    unseen = {name for name in ours if not name.endswith("_created")} - {
        re.sub(r"_(bucket|count|sum)$", "", metric) for metric in shown
    }

    assert unseen == set()


def test_phases_in_alerts_are_those_that_are_counted(helm: Helm) -> None:
    metrics = Metrics()
    text = metrics.render(Store()).decode()
    for rule in rules(helm):
        for selector in selectors(rule.expression):
            if phase := selector.labels.get("phase"):
                assert f'vutler_operator_agents{{phase="{phase}"}}' in text


def test_codes_in_alerts_are_those_that_the_router_gives(helm: Helm) -> None:

    sources = (CHART.parents[1] / "router" / "vutler_router").rglob("*.py")
    given = {code for source in sources for code in CODES.findall(source.read_text())}
    (alert,) = [rule for rule in rules(helm) if rule.name == "VutlerRequestsUnanswered"]
    named = {code for use in selectors(alert.expression) for code in use.labels.get("code", "").split("|") if code}

    assert named
    assert named - given == set()


@pytest.mark.parametrize(
    ("expression", "used", "grouped"),
    [
        ("up", [Selector("up", {})], set()),
        ('absent(up{job="a", pod!~"b|c"} == 1)', [Selector("up", {"job": "a", "pod": "b|c"})], set()),
        (
            'sum by (a, b) (rate(x_total{code=~"1|2"}[5m] offset 1h)) / on (a) group_left y',
            [Selector("x_total", {"code": "1|2"}), Selector("y", {})],
            {"a", "b"},
        ),
        ("histogram_quantile(0.99, sum(rate(x_bucket[5m])) by (le)) > 1e3", [Selector("x_bucket", {})], {"le"}),
        ('x unless y{z="a} by (b)"}', [Selector("x", {}), Selector("y", {"z": "a} by (b)"})], set()),
    ],
)
def test_expressions_are_read_right(expression: str, used: list[Selector], grouped: set[str]) -> None:
    assert (selectors(expression), groupings(expression)) == (used, grouped)
