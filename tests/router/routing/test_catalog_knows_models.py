import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vutler_router.metering.prices import load_prices
from vutler_router.routing import catalog
from vutler_router.routing.catalog import Capability, ModelFacts, load_catalogue, spelling
from vutler_router.settings import ProviderName

CATALOGUE = load_catalogue()


def facts(provider: str, model: str) -> ModelFacts:
    found = CATALOGUE.find(provider, model)
    assert found is not None, f"{provider}/{model}"
    return found


def test_the_snapshot_says_of_when_and_whence_it_is() -> None:
    assert CATALOGUE.as_of == "2026-11-26"
    assert "models.dev of 2026-08-18" in CATALOGUE.source
    assert "genai-prices==0.2.3" in CATALOGUE.source


def test_every_model_with_a_price_is_listed() -> None:
    assert {spelling(name) for name in load_prices().prices} == set(CATALOGUE.models)


@pytest.mark.parametrize(
    ("provider", "model", "window", "answer"),
    [
        ("minimax", "MiniMax-M2.5", 204_800, 131_072),
        ("mistral", "mistral-small", 256_000, 256_000),
        ("openai", "gpt-4o-mini", 128_000, 16_384),
        ("openai", "gpt-4o", 128_000, 16_384),
        ("anthropic", "claude-haiku-4-5", 200_000, 64_000),
        ("anthropic", "claude-sonnet-4", 200_000, 64_000),
        ("openai", "gpt-6.1-sol", 1_050_000, None),
        ("groq", "openai/gpt-oss-120b", 131_072, 65_536),
    ],
)
def test_limits_are_the_providers(provider: str, model: str, window: int, answer: int | None) -> None:
    assert (facts(provider, model).context_window, facts(provider, model).max_output_tokens) == (window, answer)


@pytest.mark.parametrize(
    ("provider", "model", "capabilities"),
    [
        ("openai", "gpt-4o", {"tools", "vision", "json_schema"}),
        ("openai", "o3-mini", {"tools", "reasoning", "json_schema"}),
        ("anthropic", "claude-sonnet-4", {"tools", "vision", "reasoning"}),
        ("minimax", "MiniMax-M2.5", {"tools", "reasoning"}),
        ("openai", "gpt-6.1-sol", set()),
    ],
)
def test_only_what_a_model_is_known_to_do_is_listed(provider: str, model: str, capabilities: set[str]) -> None:
    assert facts(provider, model).capabilities == capabilities


@pytest.mark.parametrize(
    ("provider", "model", "window", "price"),
    [
        ("openai", "text-embedding-3-small", 8191, 20_000_000),
        ("openai", "text-embedding-3-large", 8191, 130_000_000),
        ("mistral", "mistral-embed", 8000, 100_000_000),
        ("gemini", "gemini-embedding-001", 2048, 150_000_000),
    ],
)
def test_an_embeddings_model_takes_text_and_costs_input_only(
    provider: str, model: str, window: int, price: int
) -> None:
    known = facts(provider, model)
    charged = load_prices().find(provider, model)

    assert known == ModelFacts(window, None, frozenset({Capability.EMBEDDINGS}))
    assert charged is not None
    assert (charged.rates.input, charged.rates.output) == (price, 0)


@pytest.mark.parametrize(
    ("provider", "dated", "plain"),
    [
        ("openai", "gpt-4o-mini-2024-07-18", "gpt-4o-mini"),
        ("openai", "gpt-5-2025-08-07", "gpt-5"),
        ("anthropic", "claude-sonnet-4-20250514", "claude-sonnet-4"),
        ("mistral", "mistral-large-latest", "mistral-large"),
    ],
)
def test_a_dated_name_finds_the_plain_one(provider: str, dated: str, plain: str) -> None:
    assert facts(provider, dated) == facts(provider, plain)


@pytest.mark.parametrize(
    ("name", "maker", "model"),
    [
        ("openai/gpt-4o", "openai", "gpt-4o"),
        ("openai/gpt-4o-2024-08-06", "openai", "gpt-4o"),
        ("anthropic/claude-haiku-4.5", "anthropic", "claude-haiku-4-5"),
        ("google/gemini-2.5-pro", "gemini", "gemini-2.5-pro"),
        ("mistralai/mistral-small-2603", "mistral", "mistral-small-2603"),
        ("minimax/minimax-m2.5:free", "minimax", "MiniMax-M2.5"),
    ],
)
def test_a_name_at_openrouter_finds_the_makers_facts(name: str, maker: str, model: str) -> None:
    assert facts("openrouter", name) == facts(maker, model)


@pytest.mark.parametrize(
    ("model", "window", "answer"),
    [
        ("moonshotai/kimi-k2.5", 262_144, 262_144),
        ("z-ai/glm-5", 204_800, 128_000),
        ("z-ai/glm-5:free", 204_800, 128_000),
        ("openai/gpt-4o-mini", 128_000, 16_384),
    ],
)
def test_what_is_listed_at_openrouter_has_facts_of_its_own(model: str, window: int, answer: int) -> None:
    known = facts("openrouter", model)

    assert (known.context_window, known.max_output_tokens) == (window, answer)
    assert Capability.TOOLS in known.capabilities


@pytest.mark.parametrize(
    ("provider", "model"),
    [
        ("openai", "gpt-4o-mine"),
        ("ollama", "llama3.2"),
        ("custom", "gpt-4o"),
        ("openrouter", "gpt-4o"),
        ("openrouter", "meta-llama/llama-3.3-70b-instruct"),
        ("openrouter", "groq/llama-3.1-8b-instant"),
    ],
)
def test_nothing_is_known_of_other_models(provider: str, model: str) -> None:
    assert CATALOGUE.find(provider, model) is None


@given(provider=st.sampled_from(ProviderName), model=st.text())
def test_any_name_may_be_asked_for(provider: ProviderName, model: str) -> None:
    found = CATALOGUE.find(provider, model)

    assert found is None or found in CATALOGUE.models.values()


def test_no_two_names_are_spelled_alike() -> None:
    written = json.loads(Path(catalog.__file__).with_name("models.json").read_text(encoding="utf-8"))["models"]

    assert len(CATALOGUE.models) == len(written)


def test_no_answer_is_longer_than_its_window() -> None:
    assert [
        name
        for name, known in CATALOGUE.models.items()
        if (known.max_output_tokens or 0) > (known.context_window or known.max_output_tokens or 0)
    ] == []
