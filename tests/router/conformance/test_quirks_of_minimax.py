import json
from typing import Any

import pytest

from tests.support.conformance import CHAT, Bench, way_to
from tests.support.scripted_upstream import Reply, delta, event, stream
from vutler_router.settings import ProviderName

ASKED = way_to(ProviderName.MINIMAX)


@pytest.mark.parametrize(
    ("code", "status", "calls"),
    [(1000, 503, 2), (1001, 503, 2), (1002, 429, 2), (1004, 400, 1), (1008, 400, 1), (2013, 400, 1)],
)
async def test_minimax_says_in_a_good_answer_what_went_wrong(router: Bench, code: int, status: int, calls: int) -> None:
    case = await router.case(ASKED)
    body = {"id": "1", "choices": None, "base_resp": {"status_code": code, "status_msg": "scripted trouble"}}
    case.play(Reply(pieces=(json.dumps(body).encode(),)))
    response = await case.ask()
    assert (response.status_code, case.calls) == (status, calls)
    assert "scripted trouble" in response.json()["error"]["message"]
    assert await case.rows_before() == []


@pytest.mark.parametrize("typed", ["text/event-stream", "application/json"])
async def test_minimax_says_so_in_a_stream_as_well(router: Bench, typed: str) -> None:
    case = await router.case(ASKED)
    body = {"choices": None, "base_resp": {"status_code": 1002, "status_msg": "rate limit"}}
    data = json.dumps(body).encode()
    case.play(Reply(200, (b"data: " + data + b"\n\n" if "event" in typed else data,), [("content-type", typed)]))
    response = await case.ask(stream=True)
    assert (response.status_code, case.calls) == (429, 2)


async def test_minimaxs_good_answer_says_that_nothing_went_wrong(router: Bench) -> None:
    case = await router.case(ASKED)
    fine: dict[str, Any] = {"base_resp": {"status_code": 0, "status_msg": ""}}
    case.play(CHAT.answer("Hi", **fine))
    assert CHAT.text_of((await case.ask()).json()) == "Hi"
    case.play(stream(event(delta("Hi", **fine)), *CHAT.events()[1:]))
    assert (await case.stream()).text == "Hi"


async def test_minimaxs_counts_of_nothing_are_no_counts(router: Bench) -> None:
    case = await router.case(ASKED)
    nothing = {"total_tokens": 0, "total_characters": 0}
    events = [event(delta("Hi", usage=nothing)), event(delta(finish="stop", usage=None)), *CHAT.events()[-2:]]
    case.play(stream(*events))
    await case.stream()
    (row,) = await case.rows()
    assert (row["tokens_input"], row["tokens_output"], row["usage_source"]) == (11, 3, "provider")
