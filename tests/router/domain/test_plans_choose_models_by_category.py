import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from vutler_router.domain.plans import TierModel, load_plans
from vutler_router.domain.routing import BUILT_IN_CATEGORIES
from vutler_router.errors import BrokenFile
from vutler_router.settings import ProviderName

PLAN = {
    "id": "gold",
    "name": "Gold",
    "price_monthly": 7.5,
    "included_tokens": 100,
    "overage_per_million": "0.4",
    "models": ["openai/gpt-4o", "openrouter/z-ai/glm-5"],
}
GPT = TierModel(ProviderName.OPENAI, "gpt-4o")
GLM = TierModel(ProviderName.OPENROUTER, "z-ai/glm-5")


def written(folder: Path, routing: object) -> Path:
    path = folder / "tiers.json"
    path.write_text(json.dumps({"tiers": [PLAN | {"routing": routing}]}, indent=2))
    return path


def names(routing: Mapping[str, Sequence[TierModel]]) -> Mapping[str, Sequence[str]]:
    return {category: [f"{model.provider}/{model.model}" for model in models] for category, models in routing.items()}


def test_each_built_in_plan_keeps_its_stronger_model_for_what_is_hard() -> None:
    economy, standard, premium = (names(tier.routing) for tier in load_plans())

    minimax, mistral = "minimax/MiniMax-M2.5", "mistral/mistral-small"
    haiku, mini = "anthropic/claude-haiku-4-5", "openai/gpt-4o-mini"
    sonnet, gpt = "anthropic/claude-sonnet-4", "openai/gpt-4o"
    hard = ("tools", "code", "reasoning")
    assert economy == {category: [minimax, mistral] for category in hard} | {"conversation": [mistral, minimax]}
    assert standard == {category: [haiku, mini] for category in hard} | {"conversation": [mini, haiku]}
    assert premium == {category: [sonnet, gpt] for category in hard} | {"conversation": [gpt, sonnet]}


def test_every_built_in_plan_knows_every_built_in_category() -> None:
    assert {tuple(tier.routing) for tier in load_plans()} == {BUILT_IN_CATEGORIES}


def test_a_plan_orders_its_models_for_any_category(tmp_path: Path) -> None:
    routing = {"code": ["openrouter/z-ai/glm-5"], "invoices_2": ["openrouter/z-ai/glm-5", "openai/gpt-4o"]}

    (tier,) = load_plans(written(tmp_path, routing))

    assert tier.routing == {"code": (GLM,), "invoices_2": (GLM, GPT)}


def test_a_plan_that_says_nothing_has_no_order_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "tiers.json"
    path.write_text(json.dumps([PLAN]))

    (tier,) = load_plans(path)

    assert tier.routing == {}


def test_a_plan_with_an_order_is_a_key_still(tmp_path: Path) -> None:
    (tier,) = load_plans(written(tmp_path, {"code": ["openai/gpt-4o"]}))
    (other,) = load_plans(written(tmp_path, {"code": ["openrouter/z-ai/glm-5"]}))

    assert {tier: 1, other: 2} == {other: 2, tier: 1}
    assert tier != other


@pytest.mark.parametrize(
    ("routing", "line", "complaint"),
    [
        ({"code": ["openai/gpt-4o-mini"]}, 15, "routing.code[0]: must be one of the tier's models"),
        ({"code": ["gpt-4o"]}, 15, "routing.code[0]: must be written provider/model"),
        ({"code": ["openai/gpt-4o", "openai/gpt-4o"]}, 16, "routing.code[1]: is given twice"),
        ({"code": []}, 14, "routing.code: needs at least one of the tier's models"),
        ({"code": "openai/gpt-4o"}, 14, "routing.code: must be a list"),
        ({"Code": ["openai/gpt-4o"]}, 14, "routing.Code: must be the name of a category"),
        ({"all bills": ["openai/gpt-4o"]}, 14, "routing.all bills: must be the name of a category"),
        (["openai/gpt-4o"], 13, "routing: must be a mapping of names to values"),
    ],
)
def test_an_order_that_cannot_be_followed_is_refused_with_line_and_field(
    tmp_path: Path, routing: object, line: int, complaint: str
) -> None:
    with pytest.raises(BrokenFile) as refused:
        load_plans(written(tmp_path, routing))

    assert f"tiers.json, line {line}: tiers[0].{complaint}" in refused.value.message
