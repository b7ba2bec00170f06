import pytest

from tests.router.providers.anthropic.requests import HELLO, WEATHER, call, calling, result, text, translated
from vutler_router.errors import InvalidRequest


def test_parallel_results_share_one_message_and_come_before_words() -> None:
    body = translated(
        HELLO,
        calling(call("a"), call("b"), content="Looking."),
        result("b", "rain"),
        {"role": "user", "content": "Hurry"},
        result("a"),
        tools=[WEATHER],
    )

    assert body["messages"][1]["content"] == [
        text("Looking."),
        {"type": "tool_use", "id": "a", "name": "weather", "input": {"city": "Bern"}},
        {"type": "tool_use", "id": "b", "name": "weather", "input": {"city": "Bern"}},
    ]
    assert body["messages"][2]["content"] == [
        {"type": "tool_result", "tool_use_id": "b", "content": [text("rain")]},
        {"type": "tool_result", "tool_use_id": "a", "content": [text("sunny")]},
        text("Hurry"),
    ]


def test_an_empty_result_is_a_result() -> None:
    body = translated(HELLO, calling(call("a")), result("a", ""), tools=[WEATHER])

    assert body["messages"][2]["content"] == [{"type": "tool_result", "tool_use_id": "a"}]


def test_results_may_show_pictures_and_be_marked_for_the_cache() -> None:
    picture = {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}
    mark = {"type": "ephemeral"}

    body = translated(HELLO, calling(call("a")), result("a", [picture], cache_control=mark), tools=[WEATHER])

    assert body["messages"][2]["content"] == [
        {
            "type": "tool_result",
            "tool_use_id": "a",
            "content": [{"type": "image", "source": {"type": "url", "url": "https://example.org/a.png"}}],
            "cache_control": mark,
        }
    ]


@pytest.mark.parametrize("arguments", ["", "  ", None, "{}", {}])
def test_no_arguments_are_an_empty_object(arguments: object) -> None:
    body = translated(HELLO, calling(call("a", arguments=arguments)), result("a"), tools=[WEATHER])

    assert body["messages"][1]["content"][0]["input"] == {}


@pytest.mark.parametrize("arguments", ['{"city":', "[1]", "null", 5])
def test_arguments_that_are_no_object_are_refused_by_name(arguments: object) -> None:
    with pytest.raises(InvalidRequest) as refused:
        translated(HELLO, calling(call("a", arguments=arguments)), result("a"), tools=[WEATHER])

    assert refused.value.param == "messages[1].tool_calls[0].function.arguments"


def test_ids_that_anthropic_refuses_are_made_safe_in_calls_and_results_alike() -> None:
    body = translated(
        HELLO, calling(call("functions.weather:0"), call("functions/weather:0")), result("functions/weather:0", "b"),
        result("functions.weather:0", "a"), tools=[WEATHER],
    )  # fmt: skip

    calls = [block["id"] for block in body["messages"][1]["content"]]
    results = [(block["tool_use_id"], block["content"][0]["text"]) for block in body["messages"][2]["content"]]
    assert calls == ["functions_weather_0", "functions_weather_0-2"]
    assert results == [("functions_weather_0-2", "b"), ("functions_weather_0", "a")]


def test_ids_that_begin_anew_in_each_turn_stay_apart() -> None:
    body = translated(
        HELLO, calling(call("")), result("", "one"), calling(call("")), result("", "two"), tools=[WEATHER]
    )

    assert [body["messages"][turn]["content"][0]["id"] for turn in (1, 3)] == ["call", "call-2"]
    assert [body["messages"][turn]["content"][0]["tool_use_id"] for turn in (2, 4)] == ["call", "call-2"]


@pytest.mark.parametrize(
    "messages",
    [
        [HELLO, calling(call("a"), call("b")), result("a")],
        [HELLO, calling(call("a")), HELLO, calling(call("b")), result("b")],
        [HELLO, calling(call("a"))],
    ],
)
def test_a_call_without_a_result_is_refused(messages: list[object]) -> None:
    with pytest.raises(InvalidRequest) as refused:
        translated(*messages, tools=[WEATHER])

    assert refused.value.param == "messages[1].tool_calls"


@pytest.mark.parametrize("extra", [result("a"), result("unknown"), {"role": "tool", "content": "x"}])
def test_a_result_that_answers_no_call_is_refused(extra: object) -> None:
    with pytest.raises(InvalidRequest) as refused:
        translated(HELLO, calling(call("a")), result("a"), extra, tools=[WEATHER])

    assert refused.value.param == "messages[3].tool_call_id"


def test_tools_of_the_past_are_declared_where_the_request_has_none() -> None:
    body = translated(HELLO, calling(call("a"), call("b", "mail"), call("c")), result("a"), result("b"), result("c"))

    assert [tool["name"] for tool in body["tools"]] == ["weather", "mail"]
    assert body["tool_choice"] == {"type": "none"}
