"""Silence, slowness and endlessness; a router of its own whose patience is short."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.router.conformance.conftest import free_port
from tests.support.conformance import MESSAGES, Bench, Case, Way, at_once, bench
from tests.support.dialects import Trouble
from tests.support.scripted_upstream import Cut, Hold, Pause, Reply, ScriptedUpstream, stream

KEEP_ALIVE = 0.3
IDLE = 1.5
TOTAL = 4.0
SLACK = 6.0
"""Seconds that a busy machine may add."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def router(tmp_path_factory: pytest.TempPathFactory, upstream: ScriptedUpstream) -> AsyncIterator[Bench]:
    patience = {
        "ROUTER_KEEP_ALIVE": str(KEEP_ALIVE),
        "ROUTER_IDLE_TIMEOUT": str(IDLE),
        "ROUTER_TOTAL_TIMEOUT": str(TOTAL),
    }
    async with bench(tmp_path_factory.mktemp("hurried"), upstream, free_port(), **patience) as running:
        yield running


def signs_of_life(case: Case, content: bytes) -> int:
    return content.count(b"event: ping") if case.way.caller is MESSAGES else content.count(b": keep-alive\n\n")


@at_once
async def test_a_caller_hears_signs_of_life_before_a_late_answer(case: Case) -> None:
    events = case.way.wire.events("late", " but whole")
    case.play(Reply(200, events, [("content-type", "text/event-stream")], chunked=True, before=[Pause(1.0)]))
    response = await case.ask(stream=True)
    heard = case.way.caller.heard(response.content)
    assert (heard.text, heard.whole, heard.error) == ("late but whole", True, None)
    assert signs_of_life(case, response.content) >= 2
    assert (response.status_code, response.headers["content-type"]) == (200, "text/event-stream")
    (row,) = await case.rows()
    assert (row["status"], row["usage_source"]) == ("ok", "provider")


@at_once
async def test_a_caller_hears_signs_of_life_in_a_silence_between_words(case: Case) -> None:
    beginning = case.way.wire.beginning("one")
    case.play(stream(*beginning, Pause(1.0), *case.way.wire.events("one")[len(beginning) :]))
    response = await case.ask(stream=True)
    heard = case.way.caller.heard(response.content)
    assert (heard.text, heard.whole) == ("one", True)
    assert signs_of_life(case, response.content) >= 2


@at_once
async def test_a_failure_after_signs_of_life_is_an_event_of_the_stream(router: Bench, way: Way) -> None:
    refused = way.wire.failure(400, "no such role")
    late = {
        "a refusal": Reply(400, refused.pieces, refused.headers, before=[Pause(1.0)]),
        "an error event": stream(Pause(1.0), way.wire.trouble(Trouble.REFUSED)),
        "a broken connection": Reply(before=[Pause(1.0), Cut()]),
    }
    for reply in late.values():
        case = await router.case(way)
        case.play(reply)
        response = await case.ask(stream=True)
        heard = way.caller.heard(response.content)
        assert (response.status_code, heard.whole, heard.text) == (200, False, "")
        assert heard.error is not None
        assert heard.error["message"]
        assert b"[DONE]" not in response.content
        assert await case.rows_before() == []


@at_once
async def test_the_next_model_answers_after_signs_of_life(pair: Case) -> None:
    pair.lines[0].play(Reply(503, before=[Pause(1.0)]))
    pair.lines[1].play(stream(*pair.way.wire.events("second")))
    heard = await pair.stream()
    assert (heard.text, heard.whole) == ("second", True)


@at_once
async def test_a_provider_that_falls_silent_in_a_stream_is_given_up(case: Case) -> None:
    case.play(stream(*case.way.wire.beginning("Hel"), Hold()))
    begun = time.monotonic()
    heard = await case.stream()
    assert time.monotonic() - begun < IDLE + SLACK
    assert heard.error is not None
    assert (heard.text, heard.whole, heard.error["code"]) == ("Hel", False, "upstream_timeout")
    (row,) = await case.rows()
    assert row["status"] == "error"
    async with asyncio.timeout(SLACK):
        await case.line.departures.get()


@at_once
async def test_a_stream_that_drips_for_ever_is_given_up(case: Case) -> None:
    dripping = [piece for _ in range(60) for piece in (b": still here\n\n", Pause(0.2))]
    case.play(stream(*case.way.wire.beginning("Hel"), *dripping))
    begun = time.monotonic()
    heard = await case.stream()
    assert time.monotonic() - begun < TOTAL + SLACK
    assert heard.error is not None
    assert (heard.text, heard.whole, heard.error["code"]) == ("Hel", False, "upstream_timeout")


@at_once
async def test_a_whole_answer_that_drips_for_ever_is_given_up(case: Case) -> None:
    case.play(Reply(200, [piece for _ in range(60) for piece in (b" ", Pause(0.2))], chunked=True))
    begun = time.monotonic()
    response = await case.ask()
    assert time.monotonic() - begun < TOTAL + SLACK
    assert (response.status_code, response.json()["error"]["code"]) == (503, "upstream_timeout")
    assert await case.rows_before() == []


@pytest.mark.parametrize("streamed", [True, False], ids=["streamed", "whole"])
@at_once
async def test_where_one_model_says_nothing_the_next_one_answers(router: Bench, way: Way, *, streamed: bool) -> None:
    case = await router.case(way, links=2)
    case.lines[0].play(Reply(before=[Hold()]))
    case.lines[1].play(stream(*way.wire.events("second")) if streamed else way.wire.answer("second"))
    response = await case.ask(stream=streamed)
    text = way.caller.heard(response.content).text if streamed else way.caller.text_of(response.json())
    assert text == "second"
    assert len(await case.rows()) == 1


@at_once
async def test_an_error_whose_body_stalls_is_still_an_error(pair: Case) -> None:
    pair.play(Reply(429, (b'{"error": {"mess', Hold()), chunked=True))
    response = await pair.ask()
    assert (response.status_code, response.headers["x-vutler-attempts"]) == (200, "2")


@at_once
async def test_all_attempts_together_have_one_time_limit(case: Case) -> None:
    case.play(Reply(before=[Hold()]))
    begun = time.monotonic()
    response = await case.ask()
    assert time.monotonic() - begun < TOTAL + SLACK
    assert response.status_code == 503
    assert case.calls <= 2
