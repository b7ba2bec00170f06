import json

import pytest

from tests.support.conformance import MESSAGES, Bench, way_to
from tests.support.scripted_upstream import Reply
from vutler_router.settings import ProviderName

ASKED = way_to(ProviderName.ANTHROPIC)


async def test_anthropics_cached_input_is_part_of_the_input(router: Bench) -> None:
    case = await router.case(ASKED)
    usage = {
        "input_tokens": 10,
        "cache_read_input_tokens": 1000,
        "cache_creation_input_tokens": 200,
        "output_tokens": 5,
    }
    case.play(MESSAGES.answer("Hi", usage=usage))
    told = (await case.ask()).json()["usage"]
    assert (told["prompt_tokens"], told["prompt_tokens_details"]["cached_tokens"]) == (1210, 1000)
    (row,) = await case.rows()
    counts = (row["tokens_input"], row["tokens_cached"], row["tokens_cache_write"], row["tokens_output"])
    assert counts == (1210, 1000, 200, 5)


@pytest.mark.parametrize(
    ("stop", "finish"),
    [
        ("end_turn", "stop"),
        ("max_tokens", "length"),
        ("stop_sequence", "stop"),
        ("tool_use", "tool_calls"),
        ("refusal", "content_filter"),
    ],
)
async def test_anthropics_reasons_to_stop_are_said_in_the_callers_words(router: Bench, stop: str, finish: str) -> None:
    case = await router.case(ASKED)
    case.play(MESSAGES.answer("Hi", stop_reason=stop))
    assert (await case.ask()).json()["choices"][0]["finish_reason"] == finish


async def test_anthropics_empty_account_is_no_bad_request(router: Bench) -> None:
    case = await router.case(ASKED, links=2)
    message = "Your credit balance is too low to access the Anthropic API."
    body = {"type": "error", "error": {"type": "invalid_request_error", "message": message}}
    case.play(Reply(400, (json.dumps(body).encode(),)))
    response = await case.ask()
    assert (response.status_code, response.headers["x-vutler-attempts"]) == (200, "2")


async def test_anthropics_monthly_limit_is_not_waited_for(router: Bench) -> None:
    case = await router.case(ASKED)
    details = {"error_code": "enforced_spend_limit_reached"}
    error = {"type": "rate_limit_error", "message": "Spend limit reached", "details": details}
    case.play(Reply(429, (json.dumps({"type": "error", "error": error}).encode(),)))
    response = await case.ask()
    assert (response.status_code, case.calls) == (400, 1)


async def test_anthropic_is_told_a_length_and_its_version(router: Bench) -> None:
    case = await router.case(ASKED)
    await case.ask()
    sent = case.line.received[0]
    assert sent.json["max_tokens"] >= 4096
    assert sent.headers["anthropic-version"] == "2023-06-01"
    assert "authorization" not in sent.headers
