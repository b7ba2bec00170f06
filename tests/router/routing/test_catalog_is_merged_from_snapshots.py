import pytest

from hack.catalog.merging import DisagreementError, merge
from vutler_router.routing.catalog import Capability, ModelFacts

TOOLS = frozenset({Capability.TOOLS})
JSON = frozenset({Capability.JSON_SCHEMA})


def test_models_dev_is_believed_where_the_windows_differ_by_rounding() -> None:
    known = ModelFacts(1_048_576, 65_536, TOOLS)

    assert merge(["gemini/x"], {"gemini/x": known}, {"gemini/x": 1_000_000}) == {"gemini/x": known}


def test_a_real_difference_needs_a_correction() -> None:
    with pytest.raises(DisagreementError, match=r"^gemini/x: models\.dev says 200000, genai-prices 1000000;"):
        merge(["gemini/x"], {"gemini/x": ModelFacts(200_000, None, TOOLS)}, {"gemini/x": 1_000_000})


def test_a_correction_ends_a_difference() -> None:
    name = "anthropic/claude-sonnet-4-5"
    merged = merge([name], {name: ModelFacts(1_000_000, 64_000, TOOLS)}, {name: 200_000})

    assert merged[name].context_window == 200_000


def test_only_the_window_is_known_of_a_model_that_models_dev_lacks() -> None:
    assert merge(["gemini/x"], {}, {"gemini/x": 9}) == {"gemini/x": ModelFacts(9, None, frozenset())}


def test_an_undated_name_takes_the_latest_ones_facts() -> None:
    latest = ModelFacts(9, 5, TOOLS)

    assert merge(["openai/x"], {"openai/x-latest": latest}, {}) == {"openai/x": latest}


def test_every_chat_model_of_mistral_takes_a_json_schema() -> None:
    embeddings = ModelFacts(9, None, frozenset({Capability.EMBEDDINGS}))
    snapshot = {"mistral/chat": ModelFacts(9, 5, TOOLS), "mistral/embed": embeddings}

    assert merge(["mistral/chat", "mistral/embed"], snapshot, {}) == {
        "mistral/chat": ModelFacts(9, 5, TOOLS | JSON),
        "mistral/embed": embeddings,
    }
