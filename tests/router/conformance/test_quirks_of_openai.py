import json

import pytest

from tests.support.conformance import Bench, way_to
from tests.support.scripted_upstream import Reply
from vutler_router.settings import ProviderName

ASKED = way_to(ProviderName.OPENAI)


@pytest.mark.parametrize("code", ["insufficient_quota", "credit_balance_exhausted", "project_spend_limit_exceeded"])
async def test_an_account_of_openais_without_money_is_not_asked_again(router: Bench, code: str) -> None:
    case = await router.case(ASKED)
    body = {"error": {"message": "You exceeded your quota", "type": "insufficient_quota", "code": code, "param": None}}
    case.play(Reply(429, (json.dumps(body).encode(),)))
    response = await case.ask()
    error = response.json()["error"]
    assert (response.status_code, error["code"], case.calls) == (400, "provider_out_of_credits", 1)
    assert "billing" in error["message"]


async def test_a_default_length_goes_to_openais_newer_models_by_its_newer_name(router: Bench) -> None:
    case = await router.case(ASKED, model="gpt-5", parameters={"max_tokens": 50})
    await case.ask()
    sent = case.line.received[0].json
    assert (sent.get("max_completion_tokens"), "max_tokens" in sent) == (50, False)
