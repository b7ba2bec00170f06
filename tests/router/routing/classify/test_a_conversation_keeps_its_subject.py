import pytest

from vutler_router.routing.classify import CustomCategory, classify_turns, judge_turns

CODE = "Write a Python function that parses a CSV file"
REASONING = "A farmer has 17 sheep and sells 9 of them. How many are left?"
CONVERSATION = "Could you recommend a good film for tonight?"
REMARKS = (
    "thanks", "ok do it", "why?", "and in French?", "et en Python ?", "continue", "go on", "merci beaucoup", "vas-y",
    "another one", "are you sure?", "tu es sûr ?", "plus court", "shorter please", "and then?", "yes", "non", "hmm ok",
)  # fmt: skip


@pytest.mark.parametrize("remark", REMARKS)
@pytest.mark.parametrize(
    ("first", "category"), [(CODE, "code"), (REASONING, "reasoning"), (CONVERSATION, "conversation")]
)
def test_a_remark_keeps_the_category(first: str, category: str, remark: str) -> None:
    assert classify_turns([first, remark]) == category


@pytest.mark.parametrize(
    ("first", "second", "category"),
    [
        (CODE, "Thanks! How was your weekend, my friend?", "conversation"),
        (CODE, "What is the probability of throwing three sixes with three dice?", "reasoning"),
        (REASONING, "Now write a SQL query that lists the farmers without sheep", "code"),
        (REASONING, "Suggest a birthday present for my sister", "conversation"),
        (CONVERSATION, "My docker container exits with code 1, here is the Dockerfile", "code"),
        (CONVERSATION, "Résous l'équation x² - 9 = 0", "reasoning"),
        (CODE, "je suis fatigué, raconte-moi une blague", "conversation"),
    ],
)
def test_a_change_of_subject_switches(first: str, second: str, category: str) -> None:
    assert classify_turns([first, second]) == category


def test_a_chain_of_remarks_keeps_the_subject() -> None:
    assert classify_turns([CODE, "ok", "thanks", "one more", "why?", "go on"]) == "code"


def test_the_latest_subject_counts() -> None:
    assert classify_turns([CODE, REASONING, "are you sure?"]) == "reasoning"


def test_a_single_turn_is_judged_alone() -> None:
    assert classify_turns([CODE]) == "code"


def test_no_turns_at_all_are_a_conversation() -> None:
    assert classify_turns([]) == "conversation"


def test_the_reason_is_told_when_the_subject_is_kept() -> None:
    verdict = judge_turns([CODE, "thanks"])

    assert verdict.signals[0] == "keeps the subject of the conversation: the last turn is only a remark"


def test_a_very_long_conversation_is_only_read_at_its_end() -> None:
    assert classify_turns([CODE] * 5000 + [CONVERSATION, "yes"]) == "conversation"


def test_courtesies_before_a_new_subject_do_not_hide_it() -> None:
    assert classify_turns([CONVERSATION, "great, thanks! now solve x^2 = 81"]) == "reasoning"


def test_a_remark_keeps_a_custom_category() -> None:
    legal = CustomCategory("legal", ("contract",), "Questions about law")

    assert judge_turns(["Is this contract valid?", "are you sure?"], (legal,)).category == "legal"


def test_a_request_of_a_custom_category_switches_to_it() -> None:
    legal = CustomCategory("legal", ("contract",), "Questions about law")

    assert judge_turns([CODE, "and is my contract valid?"], (legal,)).category == "legal"
