import json
from pathlib import Path

import pytest

from vutler_router.domain.plans import load_plans
from vutler_router.errors import BrokenFile

PLAN = {
    "id": "gold",
    "name": "Gold",
    "price_monthly": 7.5,
    "included_tokens": 100,
    "overage_per_million": "0.4",
    "models": ["openai/gpt-4o"],
}


def written(folder: Path, **fields: object) -> Path:
    path = folder / "tiers.json"
    path.write_text(json.dumps({"tiers": [PLAN | fields]}, indent=2))
    return path


def test_a_dearer_plan_has_a_larger_share_of_a_key_that_many_wait_for() -> None:
    assert [tier.weight for tier in load_plans()] == [1, 2, 4]


def test_a_plan_that_says_nothing_weighs_one(tmp_path: Path) -> None:
    (tier,) = load_plans(written(tmp_path))
    assert tier.weight == 1


@pytest.mark.parametrize("weight", [0, -1, 1.5, "much"])
def test_a_weight_that_would_make_agents_wait_for_ever_is_refused(tmp_path: Path, weight: object) -> None:
    with pytest.raises(BrokenFile, match=r"tiers\.json, line \d+: tiers\[0\]\.weight: must be"):
        load_plans(written(tmp_path, weight=weight))
