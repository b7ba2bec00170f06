import hashlib

import pytest

from tests.router.providers.anthropic.requests import HAIKU, HELLO, OPUS_5, SONNET_4, text, translated
from vutler_router.errors import InvalidRequest

SCHEMA = {"type": "object", "properties": {"age": {"type": "integer", "minimum": 0}}, "required": ["age"]}


def test_a_plain_request_needs_nothing_more_than_model_messages_and_a_limit() -> None:
    assert translated(HELLO) == {
        "model": HAIKU,
        "max_tokens": 8_192,
        "messages": [{"role": "user", "content": [text("Hello")]}],
    }


@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
def test_the_callers_limit_wins_over_the_default(name: str) -> None:
    assert translated(**{name: 77})["max_tokens"] == 77


@pytest.mark.parametrize("value", [0, True, "many"])
def test_a_limit_that_is_no_number_of_tokens_is_refused(value: object) -> None:
    with pytest.raises(InvalidRequest) as refused:
        translated(max_tokens=value)

    assert refused.value.param == "max_tokens"


def test_a_temperature_above_one_becomes_one_which_is_the_default() -> None:
    assert "temperature" not in translated(temperature=1.7)
    assert translated(temperature=0.2)["temperature"] == 0.2


@pytest.mark.parametrize(("name", "value"), [("temperature", 2.1), ("temperature", -1), ("top_p", 1.5)])
def test_values_out_of_range_are_refused(name: str, value: float) -> None:
    with pytest.raises(InvalidRequest) as refused:
        translated(**{name: value})

    assert refused.value.param == name


def test_a_default_beside_another_value_is_not_sent() -> None:
    assert translated(temperature=0.5, top_p=1).get("top_p") is None
    assert translated(temperature=1, top_p=0.5)["top_p"] == 0.5


def test_two_samplers_are_refused_where_the_model_takes_one() -> None:
    with pytest.raises(InvalidRequest) as refused:
        translated(temperature=0.5, top_p=0.5)

    assert refused.value.param == "top_p"
    assert translated(temperature=0.5, top_p=0.5, model=SONNET_4)["temperature"] == 0.5


@pytest.mark.parametrize("name", ["temperature", "top_p", "top_k"])
def test_models_that_sample_by_themselves_refuse_other_values_than_the_default(name: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        translated(model=OPUS_5, **{name: 0.5})

    assert refused.value.param == name
    assert "temperature" not in translated(model=OPUS_5, temperature=1.0)


def test_stops_of_nothing_but_whitespace_are_dropped() -> None:
    assert translated(stop=["\n", "END", " "])["stop_sequences"] == ["END"]
    assert translated(stop="END")["stop_sequences"] == ["END"]
    assert "stop_sequences" not in translated(stop="\n")


def test_a_user_is_named_by_a_hash_only() -> None:
    body = translated(user="eva@example.org")

    assert body["metadata"] == {"user_id": hashlib.sha256(b"eva@example.org").hexdigest()}


def test_service_tiers_are_mapped_where_they_mean_the_same() -> None:
    assert translated(service_tier="default")["service_tier"] == "standard_only"
    assert translated(service_tier="auto")["service_tier"] == "auto"
    assert "service_tier" not in translated(service_tier="flex")


def test_streaming_is_asked_for() -> None:
    assert translated(stream=True, stream_options={"include_usage": True})["stream"] is True
    assert "stream" not in translated(stream=False)


def test_a_schema_becomes_a_structured_output_with_closed_objects() -> None:
    form = {"type": "json_schema", "json_schema": {"name": "person", "schema": SCHEMA, "strict": True}}

    config = translated(response_format=form)["output_config"]

    assert config["format"] == {
        "type": "json_schema",
        "schema": {
            "type": "object",
            "properties": {"age": {"type": "integer", "description": '{"minimum":0}'}},
            "required": ["age"],
            "additionalProperties": False,
        },
    }


@pytest.mark.parametrize(
    "form",
    [
        {"type": "json_object"},
        {"type": "grammar"},
        {"type": "json_schema", "json_schema": {"schema": {"type": "object", "additionalProperties": True}}},
        {"type": "json_schema", "json_schema": {}},
    ],
)
def test_forms_that_cannot_be_kept_are_refused(form: object) -> None:
    with pytest.raises(InvalidRequest) as refused:
        translated(response_format=form)

    assert str(refused.value.param).startswith("response_format")


def test_models_before_structured_outputs_refuse_a_schema() -> None:
    form = {"type": "json_schema", "json_schema": {"name": "person", "schema": SCHEMA}}

    with pytest.raises(InvalidRequest) as refused:
        translated(response_format=form, model=SONNET_4)

    assert refused.value.param == "response_format"


def test_marks_for_the_cache_go_along() -> None:
    mark = {"type": "ephemeral"}

    body = translated(
        {"role": "system", "content": "Be brief.", "cache_control": mark},
        {"role": "user", "content": [{**text("Hello"), "cache_control": mark}, text(" ")]},
        cache_control=mark,
    )

    assert body["system"] == [{**text("Be brief."), "cache_control": mark}]
    assert body["messages"][0]["content"] == [{**text("Hello"), "cache_control": mark}]
    assert body["cache_control"] == mark
