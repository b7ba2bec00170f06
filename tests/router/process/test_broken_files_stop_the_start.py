from pathlib import Path

import pytest

from tests.support.router_program import run_to_end

pytestmark = pytest.mark.process

TIERS = """\
- id: gold
  name: Gold
  price_monthly: 7.5
  included_tokens: 100
  overage_per_million: -1
  models: [openai/gpt-4o]
"""
PRICES = """\
models:
  openai/gpt-4o:
    input: 1
    output: 2
    discount: 3
"""


@pytest.mark.parametrize(
    ("variable", "text", "complaint"),
    [
        ("TIERS_FILE", TIERS, "line 5: [0].overage_per_million: must be zero or more"),
        ("PRICES_FILE", PRICES, "line 5: models.openai/gpt-4o.discount: is unknown; known are"),
    ],
)
async def test_the_line_and_the_field_are_named(tmp_path: Path, variable: str, text: str, complaint: str) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text(text)

    code, said = await run_to_end(**{"ROUTER_DATA_DIR": str(tmp_path / "data"), variable: str(path)})

    assert code == 78
    assert len(said.splitlines()) == 1
    assert f"{path}, {complaint}" in said
