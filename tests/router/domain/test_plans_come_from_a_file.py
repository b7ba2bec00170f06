import json
from pathlib import Path

import pytest

from vutler_router.domain.plans import TierModel, load_plans
from vutler_router.errors import BrokenFile, UnknownTier
from vutler_router.settings import ProviderName

GOOD = {
    "id": "gold",
    "name": "Gold",
    "price_monthly": 7.5,
    "included_tokens": 100,
    "overage_per_million": "0.4",
    "models": ["openrouter/meta/llama-4"],
}


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "tiers.yaml"
    path.write_text(text)
    return path


def test_three_plans_are_built_in() -> None:
    plans = {tier.id: tier for tier in load_plans()}

    assert list(plans) == ["economy", "standard", "premium"]
    assert [tier.name for tier in plans.values()] == ["Starter", "Pro", "Ultra"]
    assert [tier.price_monthly // 10**9 for tier in plans.values()] == [5, 10, 20]
    assert [tier.included_tokens for tier in plans.values()] == [2_000_000, 5_000_000, 10_000_000]
    assert [tier.overage_per_million // 10**9 for tier in plans.values()] == [2, 3, 5]
    assert plans["economy"].models == (
        TierModel(ProviderName.MINIMAX, "MiniMax-M2.5"),
        TierModel(ProviderName.MISTRAL, "mistral-small"),
    )


@pytest.mark.parametrize("document", [[GOOD], {"tiers": [GOOD]}])
def test_json_is_read_too_with_or_without_a_heading(tmp_path: Path, document: object) -> None:
    (tier,) = load_plans(written(tmp_path, json.dumps(document, indent=2)))

    assert (tier.price_monthly, tier.overage_per_million) == (7_500_000_000, 400_000_000)
    assert tier.models == (TierModel(ProviderName.OPENROUTER, "meta/llama-4"),)


def test_an_unknown_plan_is_refused_with_those_on_sale() -> None:
    with pytest.raises(UnknownTier, match="economy, standard, premium") as refused:
        load_plans().get("gold", param="llm.tier")

    assert (refused.value.code, refused.value.param) == ("unknown_tier", "llm.tier")


@pytest.mark.parametrize(
    ("right", "wrong", "complaint"),
    [
        ('"included_tokens": 100', '"included_tokens": -1', "tiers[0].included_tokens: must be zero or more"),
        ('"included_tokens": 100', '"included_tokens": 1.5', "tiers[0].included_tokens: must be a whole number"),
        ('"price_monthly": 7.5', '"price_monthly": cheap', "tiers[0].price_monthly: must be a number"),
        ('"price_monthly": 7.5', '"price": 7.5', "tiers[0].price: is unknown"),
        ('"price_monthly": 7.5', '"name": "Again"', "tiers[0].name: is given twice"),
        ('"openrouter/meta/llama-4"', '"llama-4"', "tiers[0].models[0]: must be written provider/model"),
        ('"openrouter/meta/llama-4"', '"acme/llama-4"', "with one of the providers"),
    ],
)
def test_a_broken_file_is_refused_with_line_and_field(tmp_path: Path, right: str, wrong: str, complaint: str) -> None:
    text = json.dumps({"tiers": [GOOD]}, indent=2).replace(right, wrong)
    number = next(index for index, found in enumerate(text.splitlines(), 1) if wrong in found)

    with pytest.raises(BrokenFile) as refused:
        load_plans(written(tmp_path, text))

    assert f"tiers.yaml, line {number}: " in refused.value.message
    assert complaint in refused.value.message


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "is empty"),
        ("tiers: []", "needs at least one tier"),
        ("tiers: {a: 1}", "line 1: tiers: must be a list"),
        ("plans: []", "line 1: plans: is unknown"),
        ("- {id: x}", "line 1: [0]: lacks name"),
        ("tiers:\n  - [", "line 2"),
    ],
)
def test_what_is_no_list_of_plans_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(BrokenFile) as refused:
        load_plans(written(tmp_path, text))

    assert complaint in refused.value.message


def test_a_missing_file_is_named() -> None:
    with pytest.raises(BrokenFile, match=r"nowhere\.yaml: cannot be read"):
        load_plans(Path("nowhere.yaml"))
