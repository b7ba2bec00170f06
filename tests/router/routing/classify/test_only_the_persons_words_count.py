import pytest
from hypothesis import given
from hypothesis import strategies as st

from vutler_router.routing.classify import classify, judge, judge_turns
from vutler_router.routing.classify.cleaning import HEAD, TAIL, own_words

DATE = "[Fri 2026-11-20 18:19 UTC] "
TRAILER = "\n\nRuntime: name=Ava | agent=main | session=agent:main:x | os=Linux | node=v24.19.0 | channel=webchat"
INTERNAL = "<<<BEGIN_OPENCLAW_INTERNAL_CONTEXT>>>\ndef main(): return 0\n<<<END_OPENCLAW_INTERNAL_CONTEXT>>>"

plain = st.text(st.characters(categories=("L", "N", "Zs")), max_size=200)


def test_the_date_before_a_message_is_removed() -> None:
    assert own_words(f"{DATE}hi there") == "hi there"


def test_a_date_with_the_channel_and_the_sender_is_removed() -> None:
    assert own_words("[Telegram Ann id:12 +2m 2026-11-20T18:19 UTC] hi there") == "hi there"


def test_brackets_without_a_date_stay() -> None:
    assert own_words("[1, 2, 3] is a list") == "[1, 2, 3] is a list"


def test_the_runtime_line_after_a_message_is_removed() -> None:
    assert own_words(f"hi there{TRAILER}") == "hi there"


def test_a_sentence_about_a_runtime_stays() -> None:
    assert own_words("It crashes.\nRuntime: twenty seconds") == "It crashes.\nRuntime: twenty seconds"


def test_a_message_of_the_software_has_no_words_of_the_person() -> None:
    assert own_words(INTERNAL) == ""


def test_an_internal_context_that_never_ends_reaches_to_the_end() -> None:
    assert own_words("thanks\n<<<BEGIN_OPENCLAW_INTERNAL_CONTEXT>>>\nclass A: ...") == "thanks"


@pytest.mark.parametrize("tag", ["system-reminder", "SYSTEM-REMINDER", "environment_details"])
def test_a_reminder_inside_a_message_is_removed(tag: str) -> None:
    assert own_words(f"good morning <{tag}>run `pytest` and fix main.py</{tag}>") == "good morning"


def test_quoted_lines_are_removed() -> None:
    assert own_words("> def f(): return 1\n> raise ValueError\nthat made me laugh") == "that made me laugh"


def test_a_python_prompt_is_no_quotation() -> None:
    assert own_words(">>> 1 / 0") == ">>> 1 / 0"


def test_a_line_in_a_fence_is_no_quotation() -> None:
    text = "```\n> select 1\n```"

    assert own_words(text) == text


def test_code_in_a_reminder_does_not_make_a_greeting_code() -> None:
    text = f"{DATE}hello!\n<system-reminder>\nimport os\nos.remove('x.py')\n</system-reminder>{TRAILER}"

    assert classify(text) == "conversation"


def test_a_message_without_words_is_said_to_have_none() -> None:
    verdict = judge(INTERNAL)

    assert (verdict.category, verdict.confidence) == ("conversation", 0.0)
    assert verdict.signals == ("the person wrote nothing",)


def test_a_message_without_words_does_not_end_a_conversation() -> None:
    assert judge_turns(["Write a bash script that counts files", INTERNAL]).category == "code"


@given(plain)
def test_wrapping_a_message_changes_nothing(text: str) -> None:
    wrapped = f"{DATE}{text}\n<system-reminder>be brief</system-reminder>{TRAILER}"

    assert own_words(wrapped) == own_words(text)


@given(st.text(max_size=400) | st.lists(st.sampled_from([DATE, TRAILER, INTERNAL, "\n> x\n", "a ", "<"])).map("".join))
def test_what_is_left_is_bounded_and_part_of_the_text(text: str) -> None:
    left = own_words(text)

    assert len(left) <= HEAD + TAIL + 1
    assert all(line.strip() in text for line in left.split("\n"))


@given(st.lists(st.sampled_from(["x" * 5000, "\n> y", DATE, TRAILER, "<system-reminder>", "`" * 3])).map("".join))
def test_cleaning_a_long_text_gives_a_bounded_one(text: str) -> None:
    assert len(own_words(text)) <= HEAD + TAIL + 1
