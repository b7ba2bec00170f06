import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vutler_router.routing.classify import BUILT_IN, CustomCategory, classify, classify_turns, judge
from vutler_router.routing.classify.features import HEAD, TAIL, excerpt

MEGABYTE = 1_000_000
LIMIT = 0.1
"""Seconds: twenty times the goal of 5 ms, for machines that do other things at the same time."""

HOSTILE = {
    "one long line": "a" * MEGABYTE,
    "words": "word " * (MEGABYTE // 5),
    "backticks": "`" * MEGABYTE,
    "newlines": "\n" * MEGABYTE,
    "spaces": " " * MEGABYTE,
    "nested quotes": "> " * (MEGABYTE // 2),
    "quoted lines": "> x\n" * (MEGABYTE // 4),
    "open brackets": "[" * MEGABYTE,
    "dates": "[Fri 2026-11-20 18:19 UTC] " * (MEGABYTE // 27),
    "almost dates": "[2026-11-2" * (MEGABYTE // 10),
    "trailers": "\nRuntime: a=b | c=d" * (MEGABYTE // 19),
    "reminders": "<system-reminder>" * (MEGABYTE // 17),
    "closed reminders": "<system-reminder></system-reminder>" * (MEGABYTE // 35),
    "tags": "<a b" * (MEGABYTE // 4),
    "dollars": "$a" * (MEGABYTE // 2),
    "backslashes": "\\" * MEGABYTE,
    "equals": "a=" * (MEGABYTE // 2),
    "underscores": "a_" * (MEGABYTE // 2),
    "dots": "a." * (MEGABYTE // 2),
    "digits": "1" * MEGABYTE,
    "sequence": "1, " * (MEGABYTE // 3),
    "options": "(A) x " * (MEGABYTE // 6),
    "quotes": '"' * MEGABYTE,
    "open quotes": '"abcdefghijklm ' * (MEGABYTE // 15),
    "capitals": "Aa" * (MEGABYTE // 2),
    "letters beyond ASCII": "éœ漢" * (MEGABYTE // 3),
    "growing letters": "İ" * MEGABYTE,
    "combining marks": "e\u0301" * (MEGABYTE // 2),
    "emoji": "\N{GRINNING FACE}" * MEGABYTE,
    "zeros": "\0" * MEGABYTE,
    "lone surrogates": "\ud800" * MEGABYTE,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_megabyte_costs_no_more_than_a_page(text: str) -> None:
    classify("loads the model")

    best = min(_seconds(text) for _ in range(3))

    assert best < LIMIT


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_megabyte_gets_a_category(text: str) -> None:
    custom = CustomCategory("notes", ("word", "a"), "x" * 10_000)

    assert judge(text, (custom,)).category in (*BUILT_IN, "notes")
    assert classify_turns(["hello", text]) in BUILT_IN


@given(st.text(max_size=3000))
def test_any_text_gets_a_category_and_shares_that_add_up(text: str) -> None:
    verdict = judge(text)

    assert verdict.category in BUILT_IN
    assert 0.0 <= verdict.confidence <= 1.0
    assert abs(sum(verdict.scores.values()) - 1.0) < 0.001


def test_the_question_after_a_long_paste_is_read() -> None:
    paste = "lorem ipsum dolor sit amet " * 20_000

    assert classify(f"{paste}\n\nWrite a Python function that counts the words of this text.") == "code"


def test_only_the_front_and_the_end_of_a_text_are_looked_at() -> None:
    read = excerpt("first " + "x" * 5000 + " last")

    assert len(read) <= HEAD + TAIL + 1
    assert read.startswith("first x")
    assert read.endswith("x last")


def _seconds(text: str) -> float:
    start = time.perf_counter()
    classify(text)
    return time.perf_counter() - start
