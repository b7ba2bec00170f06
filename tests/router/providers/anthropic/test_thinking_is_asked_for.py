import pytest

from tests.router.providers.anthropic.requests import (
    HAIKU,
    HELLO,
    OPUS_5,
    SONNET_4,
    WEATHER,
    call,
    calling,
    result,
    translated,
)
from vutler_router.errors import InvalidRequest

SIGNED = {"type": "thinking", "thinking": "Bern, then.", "signature": "c2ln"}
HIDDEN = {"type": "redacted_thinking", "data": "b3BhcXVl"}


@pytest.mark.parametrize("model", [HAIKU, SONNET_4])
@pytest.mark.parametrize(("effort", "budget"), [("minimal", 1_024), ("low", 2_000), ("medium", 5_000), ("high", 8_000)])
def test_older_models_get_a_budget_below_the_limit(model: str, effort: str, budget: int) -> None:
    body = translated(HELLO, model=model, reasoning_effort=effort, max_tokens=10_000)

    assert body["thinking"] == {"type": "enabled", "budget_tokens": budget}
    assert "output_config" not in body


def test_an_answer_too_short_for_any_budget_is_not_thought_about() -> None:
    assert "thinking" not in translated(HELLO, reasoning_effort="high", max_tokens=1_024)


@pytest.mark.parametrize(
    ("model", "effort", "expected"),
    [
        (OPUS_5, "minimal", "low"),
        (OPUS_5, "xhigh", "xhigh"),
        ("claude-sonnet-4-6", "xhigh", "high"),
        ("claude-sonnet-4-6", "max", "max"),
        ("claude-haiku-5-5", "medium", "medium"),
    ],
)
def test_newer_models_think_adaptively_with_an_effort(model: str, effort: str, expected: str) -> None:
    body = translated(HELLO, model=model, reasoning_effort=effort)

    assert body["thinking"] == {"type": "adaptive"}
    assert body["output_config"] == {"effort": expected}


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (HAIKU, None),
        ("claude-opus-4-8", None),
        (OPUS_5, {"type": "disabled"}),
        ("claude-haiku-5-5", {"type": "disabled"}),
        ("claude-sonnet-5-5", {"type": "between_tools"}),
    ],
)
def test_no_effort_turns_thinking_off(model: str, expected: object) -> None:
    assert translated(HELLO, model=model, reasoning_effort="none").get("thinking") == expected


@pytest.mark.parametrize("model", ["claude-fable-5-1", "claude-opus-5-5", "claude-mythos-preview"])
def test_models_that_always_think_refuse_to_stop(model: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        translated(HELLO, model=model, reasoning_effort="none")

    assert refused.value.param == "reasoning_effort"


def test_an_effort_that_does_not_exist_is_refused() -> None:
    with pytest.raises(InvalidRequest) as refused:
        translated(HELLO, reasoning_effort="extreme")

    assert refused.value.param == "reasoning_effort"


def test_anthropics_own_field_goes_as_it_is() -> None:
    thinking = {"type": "enabled", "budget_tokens": 4_000}

    assert translated(HELLO, thinking=thinking, reasoning_effort="low")["thinking"] == thinking


def test_a_temperature_is_refused_while_the_model_thinks() -> None:
    with pytest.raises(InvalidRequest) as refused:
        translated(HELLO, reasoning_effort="low", temperature=0.5)

    assert refused.value.param == "temperature"


def test_thoughts_come_back_first_and_unchanged() -> None:
    history = calling(call("a"), content="Looking.", thinking_blocks=[SIGNED, HIDDEN], reasoning_content="Bern, then.")

    body = translated(HELLO, history, result("a"), tools=[WEATHER], reasoning_effort="low", max_tokens=9_000)

    assert body["messages"][1]["content"][:2] == [SIGNED, HIDDEN]
    assert body["thinking"] == {"type": "enabled", "budget_tokens": 1_800}


@pytest.mark.parametrize("blocks", [None, [], [{"type": "thinking", "thinking": "unsigned"}], "none", [5]])
def test_thinking_stays_off_while_calls_are_answered_that_were_not_thought_about(blocks: object) -> None:
    body = translated(
        HELLO, calling(call("a"), thinking_blocks=blocks), result("a"), tools=[WEATHER], reasoning_effort="high"
    )

    assert "thinking" not in body
    assert body["messages"][1]["content"][0]["type"] == "tool_use"


def test_one_thought_at_the_beginning_serves_all_calls_of_a_turn() -> None:
    body = translated(
        HELLO,
        calling(call("a"), thinking_blocks=[SIGNED]),
        result("a"),
        calling(call("b")),
        result("b"),
        tools=[WEATHER],
        reasoning_effort="high",
    )

    assert body["thinking"]["type"] == "enabled"


def test_earlier_turns_without_thoughts_do_not_matter() -> None:
    body = translated(
        HELLO, calling(call("a")), result("a"), {"role": "assistant", "content": "Sunny."}, HELLO, tools=[WEATHER],
        reasoning_effort="high",
    )  # fmt: skip

    assert body["thinking"]["type"] == "enabled"


def test_newer_models_think_whatever_the_history_says() -> None:
    body = translated(HELLO, calling(call("a")), result("a"), tools=[WEATHER], reasoning_effort="high", model=OPUS_5)

    assert body["thinking"] == {"type": "adaptive"}


@pytest.mark.parametrize("model", [HAIKU, OPUS_5])
def test_a_tool_that_has_to_be_called_is_not_thought_about_on_purpose(model: str) -> None:
    body = translated(HELLO, tools=[WEATHER], tool_choice="required", reasoning_effort="high", model=model)

    assert "thinking" not in body
