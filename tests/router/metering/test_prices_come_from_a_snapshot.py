import json
from pathlib import Path

import pytest

from vutler_router.domain.plans import load_plans
from vutler_router.errors import BrokenFile
from vutler_router.metering.prices import FREE, load_prices


def test_the_snapshot_says_of_when_and_whence_it_is() -> None:
    table = load_prices()

    assert table.as_of == "2026-11-21"
    assert "published price pages" in table.source


def test_every_model_of_a_built_in_plan_has_a_price() -> None:
    table = load_prices()

    assert [
        model for tier in load_plans() for model in tier.models if table.find(model.provider, model.model) is None
    ] == []


@pytest.mark.parametrize(
    ("provider", "dated", "plain"),
    [
        ("openai", "gpt-4o-mini-2024-07-18", "gpt-4o-mini"),
        ("anthropic", "claude-haiku-4-5-20251001", "claude-haiku-4-5"),
        ("anthropic", "claude-haiku-4-5-latest", "claude-haiku-4-5"),
    ],
)
def test_a_dated_name_costs_what_the_plain_one_does(provider: str, dated: str, plain: str) -> None:
    assert load_prices().find(provider, dated) == load_prices().find(provider, plain)


@pytest.mark.parametrize(
    ("model", "input_price", "output_price"),
    [
        ("moonshotai/kimi-k2.5", 532_000_000, 3_325_000_000),
        ("z-ai/glm-5", 10**9, 3_200_000_000),
        ("openai/gpt-4o-mini", 150_000_000, 600_000_000),
    ],
)
def test_models_that_openrouter_is_asked_for_have_its_own_prices(
    model: str, input_price: int, output_price: int
) -> None:
    price = load_prices().find("openrouter", model)

    assert price is not None
    assert (price.rates.input, price.rates.output) == (input_price, output_price)


@pytest.mark.parametrize(
    ("name", "maker", "model"),
    [
        ("openai/gpt-4o", "openai", "gpt-4o"),
        ("openai/gpt-4.1-2025-04-14", "openai", "gpt-4.1"),
        ("anthropic/claude-haiku-4.5", "anthropic", "claude-haiku-4-5"),
        ("google/gemini-2.5-pro", "gemini", "gemini-2.5-pro"),
    ],
)
def test_openrouter_passes_on_what_the_maker_asks(name: str, maker: str, model: str) -> None:
    price = load_prices().find("openrouter", name)

    assert price is not None
    assert price == load_prices().find(maker, model)


def test_a_price_at_openrouter_wins_over_the_makers(tmp_path: Path) -> None:
    path = tmp_path / "prices.json"
    path.write_text(json.dumps({"models": {"openrouter/openai/gpt-4o": {"input": 1, "output": 2}}}))

    price = load_prices(path).find("openrouter", "openai/gpt-4o")

    assert price is not None
    assert price.rates.input == 10**9


@pytest.mark.parametrize(
    "model",
    [
        "openrouter/aurora-alpha",
        "minimax/minimax-m2.5",
        "mistralai/mistral-small",
        "anthropic/claude-haiku-4.5:free",
        "openai/gpt-4o:online",
        "gpt-4o",
        "groq/llama-3.1-8b-instant",
        "",
    ],
)
def test_what_openrouter_asks_for_other_models_is_unknown(model: str) -> None:
    assert load_prices().find("openrouter", model) is None


@pytest.mark.parametrize("provider", ["custom", "ollama", "echo"])
def test_what_runs_at_the_users_own_place_is_free(provider: str) -> None:
    assert load_prices().find(provider, "whatever") == FREE


def test_a_file_overrides_single_prices(tmp_path: Path) -> None:
    path = tmp_path / "prices.json"
    path.write_text(json.dumps({"as_of": "2027-01-01", "models": {"openai/gpt-4o": {"input": 1, "output": 2}}}))

    table = load_prices(path)
    price = table.find("openai", "gpt-4o")

    assert price is not None
    assert (price.rates.input, price.rates.cached_read, price.rates.reasoning) == (10**9, 10**9, 2 * 10**9)
    assert table.find("openai", "gpt-4o-mini") == load_prices().find("openai", "gpt-4o-mini")
    assert table.as_of == "2026-11-21, overridden as of 2027-01-01"


@pytest.mark.parametrize(
    ("models", "complaint"),
    [
        ({"gpt-4o": {"input": 1, "output": 1}}, "models.gpt-4o: must be named provider/model"),
        ({"openai/x": {"input": 1}}, "models.openai/x: lacks output"),
        ({"openai/x": {"input": 1, "output": "free"}}, "models.openai/x.output: must be a number"),
        ({"openai/x": {"input": 1, "output": 1, "in": 2}}, "models.openai/x.in: is unknown"),
        ({"openai/x": {"input": -1, "output": 1}}, "models.openai/x.input: must be zero or more"),
        ({"openai/x": {"input": 1, "output": 1, "reasoning": [2]}}, "models.openai/x.reasoning: must be a text"),
        ({"openai/x": 5}, "models.openai/x: must be a mapping of names to values"),
        ({"acme/x": {"input": 1, "output": 1}}, "models.acme/x: must be named provider/model"),
        (
            {"openai/x": {"input": 1, "output": 1, "above": {"input_tokens": 1.5, "input": 1, "output": 1}}},
            "models.openai/x.above.input_tokens: must be a whole number",
        ),
        ([], "models: must be a mapping of names to values"),
    ],
)
def test_a_broken_file_is_refused_with_line_and_field(tmp_path: Path, models: object, complaint: str) -> None:
    path = tmp_path / "prices.json"
    path.write_text(json.dumps({"models": models}))

    with pytest.raises(BrokenFile) as refused:
        load_prices(path)

    assert "prices.json, line 1: " in refused.value.message
    assert complaint in refused.value.message


def test_a_broken_file_is_refused_at_the_line_that_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "prices.yaml"
    path.write_text("models:\n  openai/x: {input: 1, output: 1}\n  openai/y:\n    input: 1\n    output: -0.5\n")

    with pytest.raises(BrokenFile, match=r"prices\.yaml, line 5: models\.openai/y\.output: must be zero or more"):
        load_prices(path)


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(BrokenFile, match=r"nowhere\.json: cannot be read"):
        load_prices(tmp_path / "nowhere.json")
