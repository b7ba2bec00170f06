import json

from tests.support.chat_script import chat_usage
from tests.support.conformance import CHAT, Bench, way_to
from tests.support.dialects import Counts
from tests.support.scripted_upstream import Reply, delta, event, stream
from vutler_router.settings import ProviderName

ASKED = way_to(ProviderName.GROQ)


async def test_groq_counts_in_a_place_of_its_own(router: Bench) -> None:
    case = await router.case(ASKED)
    end = event(delta(finish="stop", x_groq={"id": "req_1", "usage": chat_usage(Counts(21, 8))}))
    case.play(stream(*CHAT.beginning("Hi"), end, event("[DONE]")))
    await case.stream()
    (row,) = await case.rows()
    assert (row["tokens_input"], row["tokens_output"], row["usage_source"]) == (21, 8, "provider")


async def test_groq_tells_in_that_place_why_a_stream_was_stopped(router: Bench) -> None:
    case = await router.case(ASKED)
    stopped = event(delta("", x_groq={"id": "req_1", "error": "over capacity"}))
    case.play(stream(*CHAT.beginning("Hel"), stopped, event("[DONE]")))
    heard = await case.stream()
    assert (heard.whole, heard.error is None) == (False, False)


async def test_what_groqs_model_wrote_in_vain_is_not_repeated_in_the_log(router: Bench) -> None:
    case = await router.case(ASKED)
    failed = {"message": "Failed to call a function.", "type": "invalid_request_error", "code": "tool_use_failed"}
    body = {"error": {**failed, "failed_generation": "<function=the_secret_of_the_user>"}}
    case.play(Reply(400, (json.dumps(body).encode(),)))
    response = await case.ask()
    assert (response.status_code, response.json()["error"]["code"], case.calls) == (400, "tool_use_failed", 1)
    assert "the_secret_of_the_user" not in router.log
