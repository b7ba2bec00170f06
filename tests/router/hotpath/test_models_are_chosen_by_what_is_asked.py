from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.running_router import KEY, RunningRouter, running_router
from tests.support.scripted_upstream import ScriptedUpstream, answer, failure
from vutler_router.settings import RoutingMode

CODE = "Write a Python function that parses a CSV file and returns a list of dicts."
PROOF = "Prove that the square root of 2 is irrational."
TALK = "Hello! How are you today?"
MAIL_TOOL = {"type": "function", "function": {"name": "email_send", "description": "Send an email to someone."}}

MODELS = {"tools": "gpt-4o", "code": "gpt-4.1", "reasoning": "o3", "conversation": "gpt-4o-mini"}
LLM: dict[str, Any] = {
    "provider": "openai",
    "model": "scripted-1",
    "api_key": KEY,
    "routing": {"categories": [{"name": name, "models": [model]} for name, model in MODELS.items()]},
}


@pytest.fixture
async def routed(tmp_path: Path, upstream: ScriptedUpstream) -> AsyncIterator[RunningRouter]:
    async with running_router(tmp_path, upstream, routing_mode=RoutingMode.KEYWORDS) as running:
        yield running


def turns(*said: str) -> list[dict[str, str]]:
    """Write a conversation in which the assistant answers each turn but the last."""
    messages = [
        message
        for turn in said
        for message in ({"role": "user", "content": turn}, {"role": "assistant", "content": "Yes."})
    ]
    return messages[:-1]


def asked_models(upstream: ScriptedUpstream) -> list[str]:
    return [request.json["model"] for request in upstream.received]


def category(response: httpx.Response) -> tuple[str, str]:
    assert response.status_code == 200, response.text
    return response.headers["x-vutler-category"], response.headers["x-vutler-model"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (CODE, "code"),
        (PROOF, "reasoning"),
        (TALK, "conversation"),
        ("Écris un script bash qui renomme mes photos", "code"),
    ],
)
async def test_each_kind_of_request_goes_to_its_model(routed: RunningRouter, words: str, expected: str) -> None:
    response = await routed.chat(await routed.agent(**LLM), messages=turns(words))
    assert category(response) == (expected, MODELS[expected])
    (row,) = await routed.rows()
    assert (row["category"], row["model"]) == (expected, MODELS[expected])


async def test_a_model_that_is_named_is_not_chosen_for_the_caller(routed: RunningRouter) -> None:
    response = await routed.chat(await routed.agent(**LLM), model="scripted-1", messages=turns(CODE))
    assert category(response) == ("", "scripted-1")


async def test_routing_that_is_off_leaves_the_chain_as_it_is(router: RunningRouter) -> None:
    response = await router.chat(await router.agent(**LLM), messages=turns(CODE))
    assert category(response) == ("", "scripted-1")


async def test_an_agents_own_mode_counts_more_than_the_routers(router: RunningRouter) -> None:
    own = {**LLM, "routing": {**LLM["routing"], "mode": "Keywords"}}
    response = await router.chat(await router.agent(**own), messages=turns(CODE))
    assert category(response) == ("code", "gpt-4.1")


async def test_a_remark_keeps_the_subject_and_a_new_subject_changes_it(routed: RunningRouter) -> None:
    token = await routed.agent(**LLM)
    remark = await routed.chat(token, messages=turns(CODE, "thanks"))
    change = await routed.chat(token, messages=turns(CODE, "thanks", PROOF))
    assert [category(remark), category(change)] == [("code", "gpt-4.1"), ("reasoning", "o3")]


async def test_what_openclaw_wraps_around_a_message_does_not_count(routed: RunningRouter) -> None:
    runtime = "Runtime: name=Ava | agent=main | os=Linux | model=router/router | shell=bash"
    wrapped = f"[Fri 2026-11-20 18:19 UTC] {PROOF}\n\n{runtime}"
    internal = "<<<BEGIN_OPENCLAW_INTERNAL_CONTEXT>>>\ndef main(): run code\n<<<END_OPENCLAW_INTERNAL_CONTEXT>>>"
    context = [{"type": "text", "text": internal}]
    messages = [
        {"role": "system", "content": "You write Python code."},
        {"role": "user", "content": wrapped},
        {"role": "user", "content": context},
    ]
    response = await routed.chat(await routed.agent(**LLM), messages=messages)
    assert category(response) == ("reasoning", "o3")


async def test_tools_that_are_there_do_not_make_a_request_one_for_tools(routed: RunningRouter) -> None:
    token = await routed.agent(**LLM)
    talk = await routed.chat(token, messages=turns(TALK), tools=[MAIL_TOOL])
    asked = await routed.chat(token, messages=turns("Please send an email to Anna that I am late."), tools=[MAIL_TOOL])
    forced = await routed.chat(token, messages=turns(TALK), tools=[MAIL_TOOL], tool_choice="required")
    assert [category(one)[0] for one in (talk, asked, forced)] == ["conversation", "tools", "tools"]


@pytest.mark.parametrize(("rule", "expected"), [("Present", "tools"), ("Never", "conversation")])
async def test_when_tools_count_can_be_set(routed: RunningRouter, rule: str, expected: str) -> None:
    own = {**LLM, "routing": {**LLM["routing"], "tools": rule}}
    words = TALK if rule == "Present" else "Please send an email to Anna that I am late."
    response = await routed.chat(await routed.agent(**own), messages=turns(words), tools=[MAIL_TOOL])
    assert category(response)[0] == expected


def in_a_loop(words: str) -> list[dict[str, Any]]:
    call = {"id": "call_1", "type": "function", "function": {"name": "email_send", "arguments": "{}"}}
    return [
        {"role": "user", "content": words},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "content": "def proof(): theorem, integral, hello thanks"},
    ]


async def test_a_tool_loop_goes_on_with_the_model_that_began_it(
    routed: RunningRouter, upstream: ScriptedUpstream
) -> None:
    token = await routed.agent(**LLM)
    words = "Send an email to Anna that I am late."
    upstream.line("gpt-4o").play(failure(500), failure(500), answer())
    first = await routed.chat(token, messages=turns(words), tools=[MAIL_TOOL])
    again = await routed.chat(token, messages=in_a_loop(words), tools=[MAIL_TOOL])
    assert [category(one) for one in (first, again)] == [("tools", "scripted-1"), ("tools", "scripted-1")]
    afterwards = await routed.chat(
        token, messages=[*in_a_loop(words), {"role": "user", "content": PROOF}], tools=[MAIL_TOOL]
    )
    assert category(afterwards) == ("reasoning", "o3")


async def test_a_tool_loop_keeps_its_category_on_a_router_that_did_not_see_it_begin(routed: RunningRouter) -> None:
    response = await routed.chat(
        await routed.agent(**LLM), messages=in_a_loop("Send an email to Anna."), tools=[MAIL_TOOL]
    )
    assert category(response) == ("tools", "gpt-4o")


async def test_the_agents_own_chain_stands_behind_the_chosen_models(
    routed: RunningRouter, upstream: ScriptedUpstream
) -> None:
    upstream.line("gpt-4.1").play(failure(404))
    response = await routed.chat(await routed.agent(**LLM), messages=turns(CODE))
    assert category(response) == ("code", "scripted-1")
    assert response.headers["x-vutler-attempts"] == "2"


async def test_a_model_without_a_key_of_its_provider_is_passed_over(
    routed: RunningRouter, upstream: ScriptedUpstream
) -> None:
    listed = [{"name": "code", "models": ["anthropic/claude-sonnet-4", "claude-sonnet-4", "openai/gpt-4.1"]}]
    response = await routed.chat(await routed.agent(**{**LLM, "routing": {"categories": listed}}), messages=turns(CODE))
    assert category(response) == ("code", "gpt-4.1")
    assert asked_models(upstream) == ["gpt-4.1"], "Anthropic's model is no mistake at OpenAI to be tried first"


async def test_a_custom_category_goes_to_its_models_and_takes_nothing_else(routed: RunningRouter) -> None:
    own = {
        "name": "invoices",
        "models": ["gpt-4o"],
        "keywords": ["invoice", "facture"],
        "description": "Bills and payments.",
    }
    token = await routed.agent(**{**LLM, "routing": {"categories": [*LLM["routing"]["categories"], own]}})
    asked = await routed.chat(token, messages=turns("Where is my invoice for October?"))
    code = await routed.chat(token, messages=turns(CODE))
    assert [category(asked), category(code)] == [("invoices", "gpt-4o"), ("code", "gpt-4.1")]


@pytest.mark.parametrize(
    "messages",
    [
        [{"role": "user"}],
        [{"role": "user", "content": None}],
        [
            {
                "role": "user",
                "content": [{"type": "text"}, {"type": "image_url", "image_url": {"url": "data:,"}}, {"text": 3}],
            }
        ],
        [{"role": "assistant", "content": "x"}],
        [{"role": "user", "content": "😀" * 10 + "\x00\u202e"}],
    ],
)
async def test_odd_messages_are_answered_all_the_same(routed: RunningRouter, messages: list[Any]) -> None:
    response = await routed.chat(await routed.agent(**LLM), messages=messages)
    assert category(response)[0] == "conversation"


async def test_a_row_says_what_was_expected_and_what_the_strongest_model_would_have_cost(routed: RunningRouter) -> None:
    own = {**LLM, "fallbacks": [{"provider": "openai", "model": "gpt-4o", "api_key": KEY}]}
    response = await routed.chat(await routed.agent(**own), messages=turns(TALK))
    assert category(response) == ("conversation", "gpt-4o-mini")
    (row,) = await routed.rows()
    # 11 tokens in and 3 out, at 0.15/0.60 and 2.50/10.00 USD a million (gpt-4o-mini, gpt-4o)
    assert (row["cost_total"], row["cost_strongest"]) == (3_450, 57_500)
    assert row["cost_estimated"] > 0
    usage = await routed.http.get("/api/v1/agents/team-a.ava/usage?period=day", headers=routed.admin)
    assert usage.json()["saved"] == pytest.approx(0.00005405)
    assert usage.json()["by_date"][-1]["saved"] == pytest.approx(0.00005405)
    metrics = (await routed.http.get("/metrics", headers=routed.admin)).text
    assert 'vutler_routed_requests_total{category="conversation",classifier="keywords"} 1.0' in metrics
    assert 'vutler_routed_cost_of_strongest_usd_total{category="conversation"} 5.75e-05' in metrics
