from pathlib import Path

import pytest

from tests.support.helm import Helm
from vutler_router.domain.money import to_nanos
from vutler_router.domain.plans import load_plans
from vutler_router.metering.prices import load_prices

pytestmark = pytest.mark.api


def file(helm: Helm, folder: Path, name: str, values: dict[str, object]) -> Path:
    path = folder / name
    path.write_text(helm.render(values).one("ConfigMap", "vutler-router")["data"][name])
    return path


def test_the_plans_of_the_chart_are_those_the_router_has_built_in(helm: Helm, tmp_path: Path) -> None:
    assert list(load_plans(file(helm, tmp_path, "tiers.json", {}))) == list(load_plans())


def test_prices_of_the_chart_win_over_the_built_in_ones(helm: Helm, tmp_path: Path) -> None:
    prices = {
        "openai/gpt-4o-mini": {"input": 1.25, "output": 7, "cached_read": 0.5},
        "groq/new": {"input": 1, "output": 2, "above": {"input_tokens": 200000, "input": 3, "output": 4}},
    }
    table = load_prices(file(helm, tmp_path, "prices.json", {"prices": prices}))
    mini, new = table.find("openai", "gpt-4o-mini"), table.find("groq", "new")
    assert mini is not None
    assert new is not None
    assert (mini.rates.input, mini.rates.cached_read) == (to_nanos("1.25"), to_nanos("0.5"))
    assert new.rates_for(200_001).output == to_nanos("4")
