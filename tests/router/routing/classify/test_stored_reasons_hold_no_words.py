import pytest

from hack.routing.prompts import held_out, tool_prompts
from vutler_router.routing.classify import CustomCategory, judge, judge_request, judge_turns
from vutler_router.routing.classify.lexicon import bare, tokens
from vutler_router.routing.classify.reasons import public_reason, reason
from vutler_router.routing.classify.tools import tool_asked_for

BILLING = CustomCategory("billing", ("invoice", "refund"), "Invoices and payments of customers")


def test_a_tools_reason_says_only_the_tools_name() -> None:
    for prompt in tool_prompts():
        match = tool_asked_for(prompt.text, prompt.tools)
        if match is not None:
            assert match.signals == (f"asks for what the tool {match.tool} does",)
            assert match.tool in {tool.name for tool in prompt.tools}


def test_the_public_reasons_of_a_custom_category_count_its_words() -> None:
    verdict = judge("Please refund the invoice", (BILLING,))

    assert verdict.category == "billing"
    assert '"refund" belongs to billing' in verdict.signals
    assert verdict.public_signals == ("2 words of billing",)


@pytest.mark.parametrize("feature", ["w:anna", "b:dear anna", "b:^ anna"])
def test_a_learnt_word_is_not_told_in_public(feature: str) -> None:
    assert "anna" in reason(feature)
    assert public_reason(feature) == "words learned from examples"


def test_public_reasons_are_the_same_for_texts_of_the_same_kind_of_words() -> None:
    for prompt in held_out():
        verdict = judge(prompt.text)
        assert verdict.public_signals
        quoted = [part for signal in verdict.public_signals for part in signal.split('"')[1::2]]
        assert quoted == [], prompt.text


def test_a_kept_subject_keeps_its_public_reasons() -> None:
    verdict = judge_turns(["Please refund the invoice", "thanks"], (BILLING,))

    assert verdict.public_signals[1:] == ("2 words of billing",)


def test_no_name_of_a_request_is_in_its_public_reasons() -> None:
    verdict = judge_request(["Email Zacharias about the zeppelin, please"], (BILLING,), tool_prompts()[30].tools)

    said = set(tokens(bare(" ".join(verdict.public_signals))))
    assert said.isdisjoint({"zacharias", "zeppelin"})
