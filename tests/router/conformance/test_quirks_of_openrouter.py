import json

import pytest

from tests.support.conformance import CHAT, MESSAGES, RESPONSES, WAYS, Bench, Way, way_to
from tests.support.scripted_upstream import Reply, delta, event, stream
from vutler_router.settings import ProviderName

ASKED = way_to(ProviderName.OPENROUTER)


async def test_openrouters_comments_are_passed_over(router: Bench) -> None:
    case = await router.case(ASKED)
    case.play(stream(b": OPENROUTER PROCESSING\n\n", b": OPENROUTER PROCESSING\n\n", *CHAT.events("Hi")))
    heard = await case.stream()
    assert (heard.text, heard.whole) == ("Hi", True)


@pytest.mark.parametrize("streamed", [True, False], ids=["streamed", "whole"])
@pytest.mark.parametrize("way", [way for way in WAYS if way.provider is ProviderName.OPENROUTER], ids=str)
async def test_the_cost_that_openrouter_states_is_the_rows_cost(router: Bench, way: Way, *, streamed: bool) -> None:
    case = await router.case(way)
    stating = [piece.replace(OUTPUT[way.caller], COST + OUTPUT[way.caller]) for piece in texts(way, streamed=streamed)]
    assert stating != texts(way, streamed=streamed)
    case.play(stream(*stating) if streamed else Reply(pieces=stating))
    assert (await case.ask(stream=streamed)).status_code == 200
    (row,) = await case.rows()
    assert row["cost_total"] == 1_234_560
    assert (row["cost_input"] + row["cost_output"], row["priced"]) == (row["cost_total"], 1)


COST = b'"cost": 0.00123456, '
OUTPUT = {CHAT: b'"completion_tokens": ', MESSAGES: b'"output_tokens": ', RESPONSES: b'"output_tokens": '}


def texts(way: Way, *, streamed: bool) -> list[bytes]:
    pieces = way.wire.events("Hi") if streamed else way.wire.answer("Hi").pieces
    return [piece for piece in pieces if isinstance(piece, bytes)]


async def test_openrouter_is_told_to_keep_no_prompts_unless_the_caller_says_otherwise(router: Bench) -> None:
    case = await router.case(ASKED)
    await case.ask()
    await case.ask(provider={"order": ["a"], "data_collection": "allow"})
    await case.ask(provider={"sort": "price"})
    assert [request.json["provider"] for request in case.line.received] == [
        {"data_collection": "deny"},
        {"order": ["a"], "data_collection": "allow"},
        {"sort": "price", "data_collection": "deny"},
    ]


@pytest.mark.parametrize("way", [way for way in WAYS if way.definition.defaults], ids=str)
async def test_what_is_asked_of_a_provider_by_default_is_asked_at_every_door(router: Bench, way: Way) -> None:
    case = await router.case(way)
    await case.ask()
    sent = case.line.received[0].json
    assert {name: sent.get(name) for name in way.definition.defaults} == way.definition.defaults


async def test_an_answer_of_openrouters_that_ended_in_an_error_is_an_outage(router: Bench) -> None:
    case = await router.case(ASKED)
    choice = {"index": 0, "message": {"role": "assistant", "content": "Hel"}, "finish_reason": "error"}
    error = {"code": 502, "message": "Provider disconnected", "metadata": {"provider_name": "x"}}
    case.play(CHAT.answer(choices=[{**choice, "error": error}]))
    response = await case.ask()
    assert (response.status_code, case.calls) == (503, 2)
    assert "Provider disconnected" in response.json()["error"]["message"]
    assert await case.rows_before() == []


async def test_a_stream_of_openrouters_that_ends_in_an_error_never_looks_whole(router: Bench) -> None:
    case = await router.case(ASKED)
    failed = delta(finish="error") | {"error": {"code": "server_error", "message": "Provider disconnected"}}
    case.play(stream(*CHAT.beginning("Hel"), event(failed), event("[DONE]")))
    heard = await case.stream()
    assert heard.error is not None
    assert (heard.text, heard.whole) == ("Hel", False)
    assert "Provider disconnected" in heard.error["message"]


async def test_a_stream_of_openrouters_that_finishes_with_error_and_no_more_never_looks_whole(router: Bench) -> None:
    case = await router.case(ASKED)
    case.play(stream(*CHAT.beginning("Hel"), event(delta(finish="error")), event("[DONE]")))
    heard = await case.stream()
    assert (heard.text, heard.whole, heard.error is None) == ("Hel", False, False)
    (row,) = await case.rows()
    assert row["status"] == "error"


async def test_a_passing_shortage_of_openrouters_is_waited_for(router: Bench) -> None:
    case = await router.case(ASKED)
    metadata = {"limit_source": "openrouter_in_flight_budget", "reason": "in_flight_budget_exhausted"}
    body = {"error": {"code": 402, "message": "Too many requests in flight", "metadata": metadata}}
    headers = [("content-type", "application/json"), ("retry-after", "1")]
    case.play(Reply(402, (json.dumps(body).encode(),), headers), CHAT.answer())
    response = await case.ask()
    assert (response.status_code, case.calls) == (200, 2)
