from pathlib import Path

import pytest

from vutler_router.domain.plans import load_plans
from vutler_router.errors import BrokenFile

PLAN = """\
tiers:
  - id: gold
    name: Gold
    price_monthly: 7.5
    included_tokens: 100
    overage_per_million: 0.4
    models: [openai/gpt-4o]
"""


@pytest.mark.parametrize(
    ("right", "wrong", "complaint"),
    [
        ("price_monthly: 7.5", "price_monthly: -7.5", "line 4: tiers[0].price_monthly: must be zero or more"),
        ("overage_per_million: 0.4", "overage_per_million: -1", "line 6: tiers[0].overage_per_million: must be zero"),
        ("overage_per_million: 0.4", "overage_per_million: .nan", "line 6: tiers[0].overage_per_million: must be"),
        ("overage_per_million: 0.4", "overage_per_million: {usd: 1}", "line 6: tiers[0].overage_per_million: must be"),
        ("included_tokens: 100", "included_tokens: many", "line 5: tiers[0].included_tokens: must be a number"),
        ("included_tokens: 100", "tokens: 100", "line 5: tiers[0].tokens: is unknown"),
        ("models: [openai/gpt-4o]", "models: openai/gpt-4o", "line 7: tiers[0].models: must be a list"),
    ],
)
def test_a_plan_that_cannot_be_charged_is_refused_with_line_and_field(
    tmp_path: Path, right: str, wrong: str, complaint: str
) -> None:
    path = tmp_path / "tiers.yaml"
    path.write_text(PLAN.replace(right, wrong))

    with pytest.raises(BrokenFile) as refused:
        load_plans(path)

    assert complaint in refused.value.message


def test_the_plan_itself_is_fine(tmp_path: Path) -> None:
    path = tmp_path / "tiers.yaml"
    path.write_text(PLAN)

    (tier,) = load_plans(path)

    assert (tier.terms.included_tokens, tier.terms.overage_per_million) == (100, 400_000_000)
