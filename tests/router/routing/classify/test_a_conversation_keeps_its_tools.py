import pytest

from hack.routing.prompts import tool_sets
from vutler_router.routing.classify import TOOLS, judge_request, judge_turns

SETS = tool_sets()
MAIL = "Send an email to Paul about the delay"
CODE = "Write a Python function that parses a CSV file"


@pytest.mark.parametrize(
    "remark",
    [
        "thanks", "merci beaucoup", "and to Marie as well", "encore une fois", "now the other one", "ok", "yes please",
        "et à Sophie aussi", "again", "supprime le deuxième", "delete the last one",
    ],
)  # fmt: skip
def test_a_remark_keeps_the_tools(remark: str) -> None:
    assert judge_request([MAIL, remark], (), SETS["platform"]).category == TOOLS


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("What's the weather in Lyon?", "and in Paris on Sunday?"),
        ("Quel temps fait-il à Lyon ?", "et demain ?"),
        ("book me a flight to Rome", "the cheapest one please"),
    ],
)
def test_a_request_goes_on(first: str, second: str) -> None:
    assert judge_request([first, second], (), SETS["travel"]).category == TOOLS


@pytest.mark.parametrize(
    ("second", "category"),
    [
        (CODE, "code"),
        ("What is the probability of throwing three sixes with three dice?", "reasoning"),
        ("I feel lonely today, my best friend left town", "conversation"),
        ("tell me a joke", "conversation"),
        ("et toi, tu vas bien ?", "conversation"),
    ],
)
def test_a_change_of_subject_leaves_the_tools(second: str, category: str) -> None:
    assert judge_request([MAIL, second], (), SETS["platform"]).category == category


def test_a_later_request_for_a_tool_leaves_code() -> None:
    assert judge_request([CODE, "thanks", "now " + MAIL], (), SETS["platform"]).category == TOOLS


def test_each_turn_of_a_conversation_finds_its_category() -> None:
    turns = ["hello", CODE, "thanks", "Prove that the square root of 2 is irrational", MAIL]

    said = [judge_request(turns[:count], (), SETS["platform"]).category for count in range(1, 6)]

    assert said == ["conversation", "code", "code", "reasoning", TOOLS]


@pytest.mark.parametrize("turns", [[CODE, "thanks"], [MAIL, "thanks"], [], [MAIL, "et demain ?"]])
def test_without_tools_a_conversation_is_judged_as_ever(turns: list[str]) -> None:
    assert judge_request(turns, (), ()) == judge_turns(turns)
