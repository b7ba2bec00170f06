from typing import Any

import pytest

from tests.support.conformance import Bench, Case, Way, at_once, outcomes
from tests.support.dialects import Heard, Trouble
from tests.support.scripted_upstream import Cut, Pause, Reply, event, stream

HTML = b"<html><body>Bad gateway</body></html>"
TOO_LONG = 9 << 20


async def broken(case: Case) -> tuple[Heard, dict[str, Any]]:
    """Hear a stream that breaks after its first word, and return its one row as well."""
    response = await case.ask(stream=True)
    assert (response.status_code, case.calls) == (200, 1)
    heard = case.way.caller.heard(response.content)
    assert b"[DONE]" not in response.content
    assert not heard.whole
    (row,) = await case.rows()
    return heard, row


@at_once
async def test_a_cut_stream_ends_in_an_error(case: Case) -> None:
    case.play(stream(*case.way.wire.beginning("Hel", "lo"), Cut()))
    heard, row = await broken(case)
    assert heard.text == "Hello"
    assert heard.error is not None
    assert heard.error["code"] == "upstream_broken"
    assert row["status"] == "error"


@at_once
async def test_a_stream_that_is_ended_before_its_answer_is_whole_ends_in_an_error(case: Case) -> None:
    case.play(stream(*case.way.wire.beginning("Hel", "lo")))
    heard, row = await broken(case)
    assert heard.error is not None
    assert heard.error["code"] == "upstream_broken"
    assert row["status"] == "error"


@at_once
async def test_a_stream_cut_inside_an_event_ends_in_an_error(case: Case) -> None:
    *begun, last = case.way.wire.beginning("Hel", "lo")
    case.play(stream(*begun, last[: len(last) // 2], Cut()))
    heard, row = await broken(case)
    assert (heard.text, row["status"]) == ("Hel", "error")
    assert heard.error is not None


@at_once
async def test_a_stream_ended_inside_an_event_ends_in_an_error(case: Case) -> None:
    *begun, last = case.way.wire.beginning("Hel", "lo")
    case.play(stream(*begun, last[: len(last) // 2]))
    heard, row = await broken(case)
    assert (heard.text, row["status"]) == ("Hel", "error")
    assert heard.error is not None


@pytest.mark.parametrize("trouble", Trouble)
@at_once
async def test_an_error_after_content_ends_the_stream_in_an_error(case: Case, trouble: Trouble) -> None:
    case.play(stream(*case.way.wire.beginning("Hel"), case.way.wire.trouble(trouble, "boom"), event("[DONE]")))
    heard, row = await broken(case)
    assert heard.error is not None
    assert "boom" in heard.error["message"]
    assert (heard.text, row["status"]) == ("Hel", "error")


@at_once
async def test_a_page_of_an_error_after_content_ends_the_stream_in_an_error(case: Case) -> None:
    case.play(stream(*case.way.wire.beginning("Hel"), HTML))
    heard, row = await broken(case)
    assert heard.error is not None
    assert row["status"] == "error"


async def test_an_event_that_never_ends_is_bounded(case: Case) -> None:
    endless = b'data: {"padding": "' + b"x" * TOO_LONG
    case.play(stream(*case.way.wire.beginning("Hel"), endless, Pause(20.0)))
    heard, row = await broken(case)
    assert heard.error is not None
    assert row["status"] == "error"


@at_once
async def test_an_error_in_the_first_event_is_a_failure_with_a_status(router: Bench, way: Way) -> None:
    async def outcome(trouble: Trouble) -> tuple[int, int, bool, int]:
        case = await router.case(way)
        case.play(stream(way.wire.trouble(trouble, "boom"), event("[DONE]")))
        response = await case.ask(stream=True)
        said = response.json()["error"]["message"]
        return response.status_code, case.calls, "boom" in said, len(await case.rows_before())

    assert await outcomes(outcome, {trouble.value: trouble for trouble in Trouble}) == {
        "overloaded": (503, 2, True, 0),
        "limited": (429, 2, True, 0),
        "refused": (400, 1, True, 0),
    }


@at_once
async def test_an_error_right_after_the_opening_is_a_failure_with_a_status(case: Case) -> None:
    case.play(stream(*case.way.wire.opening(), case.way.wire.trouble(Trouble.LIMITED)))
    response = await case.ask(stream=True)
    assert (response.status_code, case.calls) == (429, 2)


def unbegun(way: Way) -> dict[str, Reply]:
    """Return streams that never come to their first word."""
    wire = way.wire
    return {
        "an error": stream(wire.trouble(Trouble.OVERLOADED)),
        "an error after the opening": stream(*wire.opening(), wire.trouble(Trouble.OVERLOADED)),
        "nothing": stream(),
        "nothing, cut": stream(Cut()),
        "a comment, cut": stream(b": waiting\n\n", Cut()),
        "the opening, cut": stream(*wire.opening(), Cut()),
        "the opening, ended": stream(*wire.opening()),
        "a page": Reply(pieces=(HTML,), headers=[("content-type", "text/html")]),
        "a page called a stream": Reply(pieces=(HTML,), headers=[("content-type", "text/event-stream")]),
        "a whole answer": wire.answer(),
        "an error in JSON": Reply(pieces=(wire.troubled(Trouble.OVERLOADED),)),
        "no content": Reply(204),
    }


@at_once
async def test_a_stream_that_fails_before_its_first_word_is_answered_by_the_next_model(router: Bench, way: Way) -> None:
    async def outcome(reply: Reply) -> tuple[object, ...]:
        case = await router.case(way, links=2)
        case.lines[0].play(reply)
        case.lines[1].play(stream(*way.wire.events("second")))
        response = await case.ask(stream=True)
        heard = way.caller.heard(response.content)
        return response.status_code, response.headers.get("x-vutler-attempts"), heard.text, heard.whole

    replies = unbegun(way)
    assert await outcomes(outcome, replies) == dict.fromkeys(replies, (200, "2", "second", True))


@at_once
async def test_a_model_that_never_comes_to_its_first_word_is_an_outage(router: Bench, way: Way) -> None:
    async def outcome(reply: Reply) -> tuple[object, ...]:
        case = await router.case(way)
        case.play(reply)
        response = await case.ask(stream=True)
        return response.status_code, response.headers["content-type"], response.headers.get("retry-after"), case.calls

    replies = unbegun(way)
    assert await outcomes(outcome, replies) == dict.fromkeys(replies, (503, "application/json", "2", 2))


@at_once
async def test_after_the_first_word_nobody_else_answers(pair: Case) -> None:
    pair.play(stream(*pair.way.wire.beginning("Hel"), Cut()))
    heard = await pair.stream()
    assert heard.error is not None
    assert pair.lines[1].received == []
    assert pair.calls == 1


@at_once
async def test_a_stream_in_place_of_a_whole_answer_is_an_outage(case: Case) -> None:
    case.play(stream(*case.way.wire.events("Hello")))
    response = await case.ask()
    assert (response.status_code, response.json()["error"]["code"]) == (503, "upstream_broken")
    assert await case.rows_before() == []
