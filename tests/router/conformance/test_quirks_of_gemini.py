import json

from tests.support.chat_script import chat_usage
from tests.support.conformance import Bench, way_to
from tests.support.dialects import Counts
from tests.support.scripted_upstream import Reply, delta, event, stream
from vutler_router.settings import ProviderName

ASKED = way_to(ProviderName.GEMINI)


async def test_geminis_errors_come_in_an_array(router: Bench) -> None:
    case = await router.case(ASKED)
    unknown = 'Invalid JSON payload received. Unknown name "vendor": Cannot find field.'
    body = [{"error": {"code": 400, "message": unknown, "status": "INVALID_ARGUMENT", "details": []}}]
    case.play(Reply(400, (json.dumps(body).encode(),)))
    response = await case.ask(vendor=1)
    assert (response.status_code, case.calls) == (400, 1)
    assert "Cannot find field" in response.json()["error"]["message"]


async def test_gemini_says_in_the_body_when_to_come_back(router: Bench) -> None:
    case = await router.case(ASKED)
    details = [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "44.5s"}]
    body = [{"error": {"code": 429, "message": "Quota", "status": "RESOURCE_EXHAUSTED", "details": details}}]
    case.play(Reply(429, (json.dumps(body).encode(),)))
    response = await case.ask(seconds=3.0)
    assert (response.status_code, response.headers["retry-after"], case.calls) == (429, "45", 1)


async def test_gemini_counts_in_every_chunk(router: Bench) -> None:
    case = await router.case(ASKED)
    chunks = [event(delta(word, usage=chat_usage(Counts(7, count)))) for word, count in (("Hel", 2), ("lo", 4))]
    end = event(delta(finish="stop", usage=chat_usage(Counts(7, 5))))
    case.play(stream(*chunks, end, event("[DONE]")))
    assert (await case.stream()).text == "Hello"
    (row,) = await case.rows()
    assert (row["tokens_input"], row["tokens_output"], row["usage_source"]) == (7, 5, "provider")


async def test_a_bad_key_that_gemini_calls_a_bad_request_is_the_keys_fault(router: Bench) -> None:
    case = await router.case(ASKED, links=2)
    details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}]
    body = [{"error": {"code": 400, "message": "API key not valid.", "status": "INVALID_ARGUMENT", "details": details}}]
    case.play(Reply(400, (json.dumps(body).encode(),)))
    response = await case.ask()
    assert (response.status_code, response.headers["x-vutler-attempts"]) == (200, "2")
