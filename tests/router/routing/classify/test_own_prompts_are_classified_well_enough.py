"""Floors under what was measured on prompts that nothing was learnt from; `docs/routing.md` has the figures."""

import pytest

from hack.routing.evaluation import customs_right, latencies, stolen, turns_right, unlearnt
from hack.routing.figures import Answer, accuracy, macro_f1
from hack.routing.prompts import conversations, custom_sets, held_out, own_prompts


def test_held_out_prompts_are_classified() -> None:
    answers = unlearnt(held_out())

    assert accuracy(answers) >= 0.94, _wrong(answers)
    assert macro_f1(answers) >= 0.94


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_held_out_prompts_are_classified_in_each_language(lang: str) -> None:
    answers = [answer for answer in unlearnt(held_out()) if answer.lang == lang]

    assert accuracy(answers) >= 0.93, _wrong(answers)


def test_conversations_keep_and_change_their_subject() -> None:
    answers = turns_right(conversations())

    assert len(answers) >= 50
    assert accuracy(answers) >= 0.91, _wrong(answers)


@pytest.mark.parametrize(("lang", "floor"), [("en", 0.62), ("fr", 0.74)])
def test_custom_categories_get_their_requests(lang: str, floor: float) -> None:
    answers = [answer for answer in customs_right(custom_sets()) if answer.lang == lang]

    assert accuracy(answers) >= floor, _wrong(answers)


def test_custom_categories_leave_the_others_theirs() -> None:
    kinds = {"shell-tasks", "katas", "daily-dev", "maths", "word-problems", "problemes", "demandes", "calcul"}
    prompts = [prompt for prompt in own_prompts() if prompt.source in kinds]
    answers = stolen(custom_sets(), prompts)

    assert len(prompts) > 150
    assert accuracy(answers) >= 0.98, _wrong(answers)


def test_a_prompt_takes_a_fraction_of_a_millisecond() -> None:
    half, most = latencies([prompt.text for prompt in held_out()])

    assert half < 3, "ten times the goal of 0.3 ms, for busy machines"
    assert most < 10, "ten times the goal of 1 ms"


def test_nothing_is_learnt_from_what_is_held_out() -> None:
    learnt = {prompt.text for prompt in own_prompts()}

    assert not learnt & {prompt.text for prompt in held_out()}


def test_no_two_prompts_are_the_same() -> None:
    texts = [prompt.text for prompt in [*own_prompts(), *held_out()]]

    assert len(set(texts)) == len(texts)


def _wrong(answers: list[Answer]) -> list[str]:
    return [f"{answer.said}: {answer.text}" for answer in answers if not answer.right]
