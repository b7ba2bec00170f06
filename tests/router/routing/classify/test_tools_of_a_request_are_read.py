import time

import pytest

from vutler_router.routing.classify import OfferedTool, call_forced, judge_request, offered_tools
from vutler_router.routing.classify.tools import tool_asked_for

MEGABYTE = 1_000_000
LIMIT = 0.1
"""Seconds: twenty times the goal of 5 ms, for machines that do other things at the same time."""

ONE = [{"type": "function", "function": {"name": "send_email"}}]
VERBS = ("read", "list", "send", "write", "delete", "run", "share", "post", "move", "create")
THINGS = ("file", "mail", "message", "channel", "calendar", "note", "task", "invoice", "page", "image", "weather")
MANY = tuple(
    OfferedTool(f"srv__{VERBS[i % 10]}_{THINGS[i % 11]}_{i}", f"word mail file message calendar x{i} " * 12)
    for i in range(128)
)
ALIKE = tuple(OfferedTool(f"read_file_{i}", "Read a file, a mail, a message " * 12) for i in range(128))
HOSTILE = {
    "orders": "read the file notes.txt, send it and " * (MEGABYTE // 37),
    "questions": "is my file in my mail? " * (MEGABYTE // 23),
    "things": "file mail message channel " * (MEGABYTE // 26) + "?",
    "people": "Tell Paul " * (MEGABYTE // 10),
    "almost addresses": "a.b+c@" * (MEGABYTE // 6),
    "almost paths": "/ab.cd" * (MEGABYTE // 6),
    "dots": "./a" * (MEGABYTE // 3),
    "dashes": "a-" * (MEGABYTE // 2),
    "open quotes": '"abc def ' * (MEGABYTE // 9),
    "one word": "a" * MEGABYTE,
    "zeros": "\0" * MEGABYTE,
    "growing letters": "İ" * MEGABYTE,
    "lone surrogates": "\ud800" * MEGABYTE,
}


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        (
            {"tools": [{"type": "function", "function": {"name": "read", "description": "Read a file"}}]},
            (OfferedTool("read", "Read a file"),),
        ),
        ({"functions": [{"name": "read", "description": "Read a file"}]}, (OfferedTool("read", "Read a file"),)),
        (
            {"tools": [{"type": "function", "name": "read"}, {"type": "web_search"}]},
            (OfferedTool("read"), OfferedTool("web_search")),
        ),
        (
            {"tools": [{"name": "read", "description": "Read a file", "input_schema": {}}]},
            (OfferedTool("read", "Read a file"),),
        ),
    ],
    ids=["chat completions", "functions", "responses", "messages"],
)
def test_each_dialect_is_read(fields: dict[str, object], found: tuple[OfferedTool, ...]) -> None:
    assert offered_tools(fields) == found


@pytest.mark.parametrize(
    "tools",
    [
        None,
        "read",
        {"name": "read"},
        7,
        [None, 1, "read", [], {}, {"type": "function"}, {"type": "function", "function": "read"}],
        [{"name": ""}, {"name": "  "}, {"name": 7}, {"name": None}, {"type": 7}, {"name": "a\nb"}],
    ],
)
def test_what_is_no_tool_is_passed_over(tools: object) -> None:
    assert offered_tools({"tools": tools}) == ()


def test_a_malformed_tool_does_not_hide_the_next() -> None:
    assert offered_tools({"tools": [None, {"name": "read", "description": 7}]}) == (OfferedTool("read"),)


def test_tools_are_bounded_in_number_and_length() -> None:
    entries = [{"name": f"{place}{'n' * 500}", "description": "d" * 5000} for place in range(5000)]

    tools = offered_tools({"tools": entries})

    assert len(tools) == 128
    assert {len(tool.name) for tool in tools} == {128}
    assert {len(tool.description) for tool in tools} == {400}


@pytest.mark.parametrize(
    "choice",
    [
        {"tool_choice": "required"},
        {"tool_choice": {"type": "function", "function": {"name": "send_email"}}},
        {"tool_choice": {"type": "function", "name": "send_email"}},
        {"tool_choice": {"type": "any"}},
        {"tool_choice": {"type": "tool", "name": "send_email"}},
        {"tool_choice": {"type": "allowed_tools", "mode": "required", "tools": []}},
        {"tool_choice": {"type": "allowed_tools", "allowed_tools": {"mode": "required", "tools": []}}},
        {"function_call": {"name": "send_email"}},
    ],
)
def test_a_choice_can_force_a_call(choice: dict[str, object]) -> None:
    assert call_forced({"tools": ONE, **choice})
    assert not call_forced(choice), "there is no tool to call"


@pytest.mark.parametrize(
    "choice",
    [
        {},
        {"tool_choice": "auto"},
        {"tool_choice": "none"},
        {"tool_choice": None},
        {"tool_choice": 7},
        {"tool_choice": {}},
        {"tool_choice": {"type": "auto"}},
        {"tool_choice": {"type": "none"}},
        {"tool_choice": {"type": 7}},
        {"tool_choice": {"type": "allowed_tools", "mode": "auto"}},
        {"function_call": "auto"},
        {"function_call": {}},
    ],
)
def test_any_other_choice_forces_nothing(choice: dict[str, object]) -> None:
    assert not call_forced({"tools": ONE, **choice})


@pytest.mark.parametrize("tools", [MANY, ALIKE], ids=["many", "alike"])
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_megabyte_beside_many_tools_costs_no_more_than_a_page(text: str, tools: tuple[OfferedTool, ...]) -> None:
    tool_asked_for("reads the tools once", tools)

    best = min(_seconds(text, tools) for _ in range(3))

    assert best < LIMIT


def _seconds(text: str, tools: tuple[OfferedTool, ...]) -> float:
    start = time.perf_counter()
    judge_request([text], (), tools)
    return time.perf_counter() - start
