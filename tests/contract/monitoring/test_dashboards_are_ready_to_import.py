import json
from typing import Any

import pytest

from tests.contract.monitoring.shipped import BOARDS, panels
from tests.support.helm import Helm

UNITS = {"short", "s", "bytes", "ops", "reqps", "percentunit"}


@pytest.fixture(params=BOARDS)
def board(request: pytest.FixtureRequest) -> dict[str, Any]:
    content: dict[str, Any] = BOARDS[request.param]
    return content


def test_a_dashboard_has_what_grafana_needs(board: dict[str, Any]) -> None:
    assert board["schemaVersion"] >= 39
    assert board["uid"]
    assert board["title"]
    assert "id" not in board, "the number of one Grafana's database"
    numbers = [panel["id"] for panel in board["panels"]]
    assert len(numbers) == len(set(numbers))


def test_the_source_and_the_namespace_are_chosen_on_the_dashboard(board: dict[str, Any]) -> None:
    assert [variable["name"] for variable in board["templating"]["list"]] == ["datasource", "namespace"]
    for panel in panels(board):
        assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
        for target in panel["targets"]:
            assert target["datasource"] == panel["datasource"]
            assert 'namespace=~"$namespace"' in target["expr"]


def test_every_panel_says_in_words_what_it_shows(board: dict[str, Any]) -> None:
    for panel in panels(board):
        assert panel["type"] in {"stat", "timeseries"}
        assert panel["title"][0].isupper()
        assert "_" not in panel["title"]
        assert panel["description"].endswith("."), panel["title"]
        assert panel["fieldConfig"]["defaults"]["unit"] in UNITS
        assert len({target["refId"] for target in panel["targets"]}) == len(panel["targets"])


def test_panels_lie_beside_each_other(board: dict[str, Any]) -> None:
    taken: set[tuple[int, int]] = set()
    for panel in board["panels"]:
        place = panel["gridPos"]
        cells = {(place["x"] + column, place["y"] + line) for column in range(place["w"]) for line in range(place["h"])}
        assert max(column for column, _ in cells) < 24
        assert not cells & taken, panel["title"]
        taken |= cells


@pytest.mark.api
def test_the_sidecar_gets_each_dashboard_letter_for_letter(helm: Helm) -> None:

    release = helm.render({"dashboards": {"enabled": True, "annotations": {"grafana_folder": "Agents"}}})
    maps = [m for m in release.of_kind("ConfigMap") if m["metadata"]["labels"].get("grafana_dashboard") == "1"]

    shipped = {name.removesuffix(".json"): json.loads(text) for m in maps for name, text in m["data"].items()}
    assert shipped == BOARDS
    assert all(m["metadata"]["annotations"] == {"grafana_folder": "Agents"} for m in maps)


@pytest.mark.api
def test_without_being_asked_nothing_of_it_is_installed(helm: Helm) -> None:
    release = helm.render()
    assert release.of_kind("PrometheusRule") == ()
    assert [m for m in release.of_kind("ConfigMap") if "grafana_dashboard" in m["metadata"]["labels"]] == []
