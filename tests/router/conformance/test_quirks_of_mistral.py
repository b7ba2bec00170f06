import json

import pytest

from tests.support.conformance import Bench, way_to
from tests.support.scripted_upstream import Reply
from vutler_router.settings import ProviderName

ASKED = way_to(ProviderName.MISTRAL)


async def test_mistral_gets_no_field_that_it_refuses(router: Bench) -> None:
    case = await router.case(ASKED)
    await case.ask(stream=False, max_completion_tokens=9, tools=[], stream_options={"include_usage": True})
    assert case.line.received[0].json.keys() == {"model", "messages", "stream", "max_tokens"}


@pytest.mark.parametrize(
    "body",
    [
        {"object": "error", "message": {"detail": [{"type": "extra_forbidden", "loc": ["body", "n"], "msg": "No n"}]}},
        {"detail": [{"type": "extra_forbidden", "loc": ["body", "n"], "msg": "No n", "input": 2}]},
        {"object": "error", "message": "No n", "type": "invalid_request_error", "param": None, "code": "3051"},
    ],
    ids=["wrapped", "bare", "text"],
)
async def test_mistrals_refusals_are_understood_in_all_their_shapes(router: Bench, body: dict[str, object]) -> None:
    case = await router.case(ASKED)
    case.play(Reply(422, (json.dumps(body).encode(),)))
    response = await case.ask()
    assert (response.status_code, case.calls) == (400, 1)
    assert "No n" in response.json()["error"]["message"]
