from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from tests.support.conformance import Bench, Case, Way, at_once, outcomes
from tests.support.dialects import Trouble
from tests.support.scripted_upstream import Pause, Reply, stream

CALLERS_FAULT = (400, 413, 422)
PERMANENT = (401, 402, 403, 404)
PASSING = (408, 429, 500, 502, 503, 504, 529)
LONG = 30
"""Seconds that no caller is kept waiting for."""


def named(statuses: tuple[int, ...]) -> dict[str, int]:
    return {str(status): status for status in statuses}


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
@at_once
async def test_a_request_at_fault_stops_and_is_held_against_nobody(router: Bench, way: Way, *, streamed: bool) -> None:
    async def outcome(status: int) -> object:
        case = await router.case(way, links=2)
        case.play(way.wire.failure(status, "no such role"))
        answers = [await case.ask(stream=streamed) for _ in range(4)]
        assert all("no such role" in answer.json()["error"]["message"] for answer in answers)
        tried = {(answer.status_code, answer.headers["x-vutler-attempts"]) for answer in answers}
        return tried, len(case.lines[0].received), len(case.lines[1].received), await case.breakers()

    assert await outcomes(outcome, named(CALLERS_FAULT)) == dict.fromkeys(
        map(str, CALLERS_FAULT), ({(400, "1")}, 4, 0, [])
    )


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
@at_once
async def test_the_next_model_answers_where_one_fails(router: Bench, way: Way, *, streamed: bool) -> None:
    async def outcome(status: int) -> object:
        case = await router.case(way, links=2)
        case.lines[0].play(way.wire.failure(status))
        case.lines[1].play(stream(*way.wire.events("second")) if streamed else way.wire.answer("second"))
        response = await case.ask(stream=streamed)
        said = way.caller.heard(response.content).text if streamed else way.caller.text_of(response.json())
        asked = [
            (len(line.received), line.received[0].json["model"] == name)
            for line, name in zip(case.lines, case.models, strict=True)
        ]
        rows = [(row["model"], row["status"]) for row in await case.rows()]
        return (
            response.status_code,
            response.headers["x-vutler-attempts"],
            said,
            asked,
            rows == [(case.models[1], "ok")],
        )

    statuses = named((*PERMANENT, *PASSING))
    good = (200, "2", "second", [(1, True), (1, True)], True)
    assert await outcomes(outcome, statuses) == dict.fromkeys(statuses, good)


@at_once
async def test_a_permanent_failure_of_the_only_model_is_400_and_not_tried_again(router: Bench, way: Way) -> None:
    async def outcome(status: int) -> object:
        case = await router.case(way)
        case.play(way.wire.failure(status))
        response = await case.ask()
        assert await case.rows_before() == []
        return response.status_code, response.headers["x-vutler-attempts"], "retry-after" in response.headers

    assert await outcomes(outcome, named(PERMANENT)) == dict.fromkeys(map(str, PERMANENT), (400, "1", False))


@at_once
async def test_a_passing_failure_of_the_only_model_is_tried_once_more(router: Bench, way: Way) -> None:
    async def outcome(status: int) -> object:
        case = await router.case(way)
        case.play(way.wire.failure(status), way.wire.answer("better"))
        response = await case.ask()
        said = way.caller.text_of(response.json())
        return response.status_code, response.headers["x-vutler-attempts"], said, len(await case.rows())

    assert await outcomes(outcome, named(PASSING)) == dict.fromkeys(map(str, PASSING), (200, "2", "better", 1))


@at_once
async def test_a_passing_failure_that_stays_says_when_to_come_back(router: Bench, way: Way) -> None:
    async def outcome(status: int) -> object:
        case = await router.case(way)
        case.play(way.wire.failure(status))
        response = await case.ask()
        assert await case.rows_before() == []
        return response.status_code, response.headers["x-vutler-attempts"], response.headers["retry-after"]

    expected = {str(status): (429 if status == 429 else 503, "2", "2") for status in PASSING}
    assert await outcomes(outcome, named(PASSING)) == expected


def in_seconds(seconds: float) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


@at_once
async def test_a_short_wait_that_a_provider_asks_for_is_kept(router: Bench, way: Way) -> None:
    headers = {
        "seconds": lambda: ("retry-after", "1"),
        "milliseconds": lambda: ("retry-after-ms", "900"),
        "fractions": lambda: ("retry-after", "0.9"),
        "a date": lambda: ("retry-after", in_seconds(3.5)),
    }
    waited = await outcomes(lambda header: _waited(router, way, header), headers)
    assert {name: 0.85 < seconds < 5.0 for name, seconds in waited.items()} == dict.fromkeys(waited, True)


async def _waited(router: Bench, way: Way, header: Callable[[], tuple[str, str]]) -> float:
    """Return the seconds between two calls for one request; the header is made when all is ready for it."""
    case = await router.case(way)
    case.play(way.wire.failure(429, headers=[header()]), way.wire.answer())
    response = await case.ask()
    assert (response.status_code, case.calls) == (200, 2)
    first, second = case.line.received
    return second.at - first.at


@pytest.mark.parametrize("status", [429, 503])
@at_once
async def test_a_long_wait_is_passed_on_at_once(router: Bench, way: Way, status: int) -> None:
    async def outcome(header: tuple[str, str]) -> object:
        case = await router.case(way)
        case.play(way.wire.failure(status, headers=[header]))
        response = await case.ask(seconds=3.0)
        return response.status_code, case.calls, 28 <= int(response.headers["retry-after"]) <= LONG

    headers = {
        "seconds": ("retry-after", str(LONG)),
        "milliseconds": ("retry-after-ms", str(LONG * 1000)),
        "a date": ("retry-after", in_seconds(LONG)),
    }
    assert await outcomes(outcome, headers) == dict.fromkeys(headers, (status, 1, True))


@pytest.mark.parametrize("wait", ["soon", "-1", "1e9", "NaN", "", "9" * 400], ids=lambda text: text[:8])
@at_once
async def test_a_wait_that_makes_no_sense_is_not_believed(case: Case, wait: str) -> None:
    case.play(case.way.wire.failure(429, headers=[("retry-after", wait)]), case.way.wire.answer())
    response = await case.ask(seconds=3.0)
    assert (response.status_code, case.calls) == (200, 2)


@at_once
async def test_another_model_is_not_kept_waiting_for_the_first(pair: Case) -> None:
    pair.play(pair.way.wire.failure(429, headers=[("retry-after", str(LONG))]))
    response = await pair.ask(seconds=3.0)
    assert (response.status_code, response.headers["x-vutler-attempts"]) == (200, "2")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@at_once
async def test_a_redirect_is_not_followed(case: Case, status: int) -> None:
    target = f"http://127.0.0.1:{case.bench.upstream.port}/elsewhere"
    case.play(Reply(status, headers=[("location", target)]))
    before = len(case.bench.upstream.received)
    response = await case.ask()
    error = response.json()["error"]
    assert (response.status_code, error["code"], case.calls) == (400, "upstream_redirected", 1)
    assert len(case.bench.upstream.received) == before
    assert "elsewhere" not in response.text


@at_once
async def test_the_next_model_answers_where_one_redirects(pair: Case) -> None:
    pair.play(Reply(307, headers=[("location", "http://127.0.0.1:9/elsewhere")]))
    response = await pair.ask()
    assert (response.status_code, response.headers["x-vutler-attempts"]) == (200, "2")


def no_answers(way: Way) -> dict[str, Reply]:
    """Return answers of status 200 (or almost) that are none."""
    return {
        "a page": Reply(pieces=(b"<html>Welcome</html>",), headers=[("content-type", "text/html")]),
        "text": Reply(pieces=(b"upstream connect error",), headers=[("content-type", "text/plain")]),
        "nothing": Reply(),
        "no content": Reply(204),
        "half a body": Reply(pieces=(b'{"id": "', *[b"x" * 10], b'"')),
        "an array": Reply(pieces=(b"[1, 2]",)),
        "null": Reply(pieces=(b"null",)),
        "an empty object": Reply(pieces=(b"{}",)),
        "an error": Reply(pieces=(way.wire.troubled(Trouble.OVERLOADED),)),
        "an error with nothing in it": Reply(pieces=(b'{"error": {}}',)),
        "an error as text": Reply(pieces=(b'{"error": "overloaded"}',)),
        "accepted": Reply(202, (b"{}",)),
    }


@at_once
async def test_what_is_no_answer_is_an_outage(router: Bench, way: Way) -> None:
    async def outcome(reply: Reply) -> object:
        case = await router.case(way)
        case.play(reply)
        response = await case.ask()
        assert await case.rows_before() == []
        return response.status_code, response.headers["x-vutler-attempts"], "retry-after" in response.headers

    replies = no_answers(way)
    assert await outcomes(outcome, replies) == dict.fromkeys(replies, (503, "2", True))


@at_once
async def test_where_one_model_gives_no_answer_the_next_one_does(router: Bench, way: Way) -> None:
    async def outcome(reply: Reply) -> object:
        case = await router.case(way, links=2)
        case.play(reply)
        response = await case.ask()
        return response.status_code, response.headers["x-vutler-attempts"], len(await case.rows())

    replies = no_answers(way)
    assert await outcomes(outcome, replies) == dict.fromkeys(replies, (200, "2", 1))


@at_once
async def test_an_error_in_place_of_an_answer_means_what_it_says(router: Bench, way: Way) -> None:
    async def outcome(trouble: Trouble) -> object:
        case = await router.case(way)
        case.play(Reply(pieces=(way.wire.troubled(trouble, "boom"),)))
        response = await case.ask()
        return response.status_code, case.calls, "boom" in response.json()["error"]["message"]

    assert await outcomes(outcome, {trouble.value: trouble for trouble in Trouble}) == {
        "overloaded": (503, 2, True),
        "limited": (429, 2, True),
        "refused": (400, 1, True),
    }


async def test_a_huge_error_is_read_in_part_and_told_in_short(case: Case) -> None:
    key = case.keys[0].encode()
    page = key + b" " + b"<p>sorry</p>" * (10 << 20 >> 4) + key
    case.play(Reply(400, (page,), [("content-type", "text/html")]))
    response = await case.ask(seconds=3.0)
    assert (response.status_code, case.calls) == (400, 1)
    assert len(response.content) < 2048
    assert case.keys[0] not in response.text


@at_once
async def test_a_huge_message_is_not_repeated(case: Case) -> None:
    case.play(case.way.wire.failure(400, f"{case.keys[0]} " + "sorry " * 200_000))
    response = await case.ask(seconds=3.0)
    assert response.status_code == 400
    assert len(response.content) < 2048
    assert case.keys[0] not in response.text


@at_once
async def test_an_error_whose_body_never_ends_is_understood_by_its_status(pair: Case) -> None:
    pair.play(Reply(429, (b'{"error": {"message": "', b"wait " * 20_000, Pause(20.0)), chunked=True))
    response = await pair.ask(seconds=4.0)
    assert (response.status_code, response.headers["x-vutler-attempts"]) == (200, "2")
