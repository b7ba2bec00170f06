import pytest

from tests.router.providers.anthropic.requests import HELLO, SONNET_4, WEATHER, translated
from vutler_router.errors import InvalidRequest

MAIL = {"type": "function", "function": {"name": "mail"}}


def test_a_function_becomes_a_tool() -> None:
    body = translated(HELLO, tools=[WEATHER, {**MAIL, "cache_control": {"type": "ephemeral"}}])

    assert body["tools"] == [
        {
            "name": "weather",
            "description": "Tells the weather.",
            "input_schema": {"type": "object", "properties": {"city": {}}},
        },
        {
            "name": "mail",
            "input_schema": {"type": "object", "properties": {}},
            "cache_control": {"type": "ephemeral"},
        },
    ]
    assert "tool_choice" not in body


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("none", {"type": "none"}),
        ("auto", {"type": "auto"}),
        ("required", {"type": "any"}),
        ({"type": "function", "function": {"name": "mail"}}, {"type": "tool", "name": "mail"}),
    ],
)
def test_choices_are_translated(choice: object, expected: object) -> None:
    assert translated(HELLO, tools=[WEATHER, MAIL], tool_choice=choice)["tool_choice"] == expected


def test_a_choice_among_some_leaves_the_others_out() -> None:
    allowed = {"mode": "required", "tools": [MAIL]}

    body = translated(HELLO, tools=[WEATHER, MAIL], tool_choice={"type": "allowed_tools", "allowed_tools": allowed})

    assert [tool["name"] for tool in body["tools"]] == ["mail"]
    assert body["tool_choice"] == {"type": "any"}


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (None, {"type": "auto", "disable_parallel_tool_use": True}),
        ("required", {"type": "any", "disable_parallel_tool_use": True}),
        ("none", {"type": "none"}),
    ],
)
def test_one_call_at_a_time_is_part_of_the_choice(choice: object, expected: object) -> None:
    body = translated(HELLO, tools=[WEATHER], tool_choice=choice, parallel_tool_calls=False)

    assert body["tool_choice"] == expected


def test_strict_tools_are_closed_where_the_model_can_keep_to_them() -> None:
    parameters = {"type": "object", "properties": {"to": {"type": "string", "maxLength": 9}}, "required": ["to"]}
    strict = {"type": "function", "function": {"name": "mail", "parameters": parameters, "strict": True}}

    tool = translated(HELLO, tools=[strict])["tools"][0]

    assert tool["strict"] is True
    assert tool["input_schema"]["additionalProperties"] is False
    assert tool["input_schema"]["properties"]["to"] == {"type": "string", "description": '{"maxLength":9}'}
    assert translated(HELLO, tools=[strict], model=SONNET_4)["tools"][0] == {"name": "mail", "input_schema": parameters}


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"tools": [{"type": "custom", "custom": {"name": "shell"}}]}, "tools[0].type"),
        ({"tools": [{"type": "function", "function": {}}]}, "tools[0].function.name"),
        ({"tools": [{"type": "function", "function": {"name": "f", "parameters": 5}}]}, "tools[0].function.parameters"),
        ({"tools": [WEATHER], "tool_choice": "some"}, "tool_choice"),
        ({"tool_choice": "required"}, "tool_choice"),
    ],
)
def test_what_anthropic_does_not_have_is_refused_by_name(fields: dict[str, object], param: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        translated(HELLO, **fields)

    assert refused.value.param == param
