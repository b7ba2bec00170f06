import pytest

from vutler_router.providers.anthropic.model_rules import Thinking, rules_of
from vutler_router.providers.anthropic.sampling import fitting_defaults


@pytest.mark.parametrize(
    ("model", "thinking", "samples", "structured", "prefill"),
    [
        ("claude-3-5-sonnet-20241022", Thinking.NEVER, True, False, True),
        ("claude-3-7-sonnet-20250219", Thinking.BUDGET, True, False, True),
        ("claude-sonnet-4", Thinking.BUDGET, True, False, True),
        ("claude-sonnet-4-20250514", Thinking.BUDGET, True, False, True),
        ("claude-opus-4-1-20250805", Thinking.BUDGET, True, True, True),
        ("claude-haiku-4-5-20251001", Thinking.BUDGET, True, True, True),
        ("anthropic/claude-haiku-4.5", Thinking.BUDGET, True, True, True),
        ("claude-sonnet-4-6", Thinking.ADAPTIVE, True, True, False),
        ("claude-opus-4-7", Thinking.ADAPTIVE, False, True, False),
        ("claude-fable-5-2", Thinking.ADAPTIVE, False, True, False),
        ("claude-latest", Thinking.ADAPTIVE, False, True, False),
        ("MiniMax-M2.5", Thinking.BUDGET, True, True, True),
    ],
)
def test_a_name_tells_what_a_model_takes(
    model: str, thinking: Thinking, *, samples: bool, structured: bool, prefill: bool
) -> None:
    rules = rules_of(model)

    assert (rules.thinking, rules.samples, rules.structured, rules.prefill) == (thinking, samples, structured, prefill)


@pytest.mark.parametrize(
    ("model", "fields", "expected"),
    [
        ("claude-sonnet-4", {}, {"temperature": 1.0, "top_p": 0.9}),
        ("claude-haiku-4-5", {}, {"temperature": 1.0}),
        ("claude-haiku-4-5", {"top_p": 0.5}, {}),
        ("claude-haiku-4-5", {"temperature": 0.1}, {}),
        ("claude-sonnet-4", {"temperature": 0.1}, {"top_p": 0.9}),
        ("claude-sonnet-4", {"reasoning_effort": "low"}, {}),
        ("claude-opus-5", {}, {}),
    ],
)
def test_defaults_are_left_out_where_they_would_be_refused(
    model: str, fields: dict[str, object], expected: dict[str, object]
) -> None:
    assert fitting_defaults(fields, rules_of(model), temperature=1.2, top_p=0.9) == expected
