"""Connections that cannot be made, that end early, and that were ended by the other side while nobody looked."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.router.conformance.conftest import free_port
from tests.support.conformance import WAYS, Bench, Case, Way, at_once, bench, outcomes, over
from tests.support.scripted_upstream import Cut, Reply, ScriptedUpstream, stream


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def nowhere(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bench]:
    """A router whose providers are at an address where nobody listens."""
    async with ScriptedUpstream.running() as gone:
        pass
    async with bench(tmp_path_factory.mktemp("nowhere"), gone, free_port()) as running:
        yield running


@pytest.mark.parametrize("streamed", [True, False], ids=["streamed", "whole"])
async def test_a_provider_that_cannot_be_reached_is_an_outage(nowhere: Bench, way: Way, *, streamed: bool) -> None:
    case = await nowhere.case(way)
    response = await case.ask(stream=streamed)
    assert (response.status_code, response.json()["error"]["code"]) == (503, "upstream_unreachable")
    assert (response.headers["retry-after"], response.headers["x-vutler-attempts"]) == ("2", "2")
    assert str(nowhere.upstream.port) not in response.text


@at_once
async def test_a_connection_that_ends_before_the_answer_is_tried_once_more(case: Case) -> None:
    case.play(Reply(before=[Cut()]), case.way.wire.answer("better"))
    response = await case.ask()
    assert response.status_code == 200
    assert response.headers["x-vutler-attempts"] in {"1", "2"}, "on a kept connection it may have been dead before"
    assert case.way.caller.text_of(response.json()) == "better"
    assert len(await case.rows()) == 1


@at_once
async def test_an_answer_that_ends_early_is_tried_once_more(case: Case) -> None:
    whole = case.way.wire.answer("cut").pieces[0]
    assert isinstance(whole, bytes)
    case.play(Reply(200, (whole[:-20], Cut())), case.way.wire.answer("better"))
    response = await case.ask()
    assert (response.status_code, response.headers["x-vutler-attempts"]) == (200, "2")
    assert len(await case.rows_before()) == 1


@at_once
async def test_connections_are_used_again(case: Case) -> None:
    for _ in range(5):
        assert (await case.ask()).status_code == 200
    case.play(stream(*case.way.wire.events("Hi")))
    for _ in range(5):
        assert (await case.stream()).whole
    assert len({request.connection for request in case.line.received}) < 10


@at_once
async def test_a_kept_connection_that_the_provider_closed_is_no_error(router: Bench, way: Way) -> None:
    async def outcome(count: int) -> object:
        case = await router.case(way)
        whole = way.wire.answer()
        closing = Reply(200, whole.pieces, whole.headers, closes=True)
        case.play(*[closing] * count, whole)
        answers = [await case.ask() for _ in range(count + 1)]
        return {answer.status_code for answer in answers}, await case.breakers(), len(await case.rows(count + 1))

    assert await outcomes(outcome, {"once": 1, "often": 5}) == {"once": ({200}, [], 2), "often": ({200}, [], 6)}


@at_once
async def test_a_kept_connection_that_is_closed_as_a_request_arrives_is_no_error(case: Case) -> None:
    whole = case.way.wire.answer()
    case.play(whole, Reply(before=[Cut()]), whole, Reply(before=[Cut()]), whole)
    answers = [await case.ask() for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert await case.breakers() == []
    assert len(await case.rows_before()) == 3


@at_once
async def test_kept_connections_that_all_died_at_once_are_no_error(case: Case) -> None:
    case.line.once_per_connection = True
    answers = [await case.ask() for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200] * 4
    assert await case.breakers() == []
    assert len(await case.rows(4)) == 4


@over(WAYS[:1])  # alone, for bytes that are still on their way nobody can see
async def test_bytes_after_an_answer_do_not_reach_the_next_caller(case: Case) -> None:
    whole = case.way.wire.answer("mine").pieces[0]
    assert isinstance(whole, bytes)
    smuggled = whole.replace(b"mine", b"evil")
    answer = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (
        len(smuggled),
        smuggled,
    )
    case.play(Reply(200, (whole,), [("content-type", "application/json")], after=answer), case.way.wire.answer("mine"))
    said = []
    for _ in range(3):
        said.append(case.way.caller.text_of((await case.ask()).json()))
        await asyncio.sleep(0.2)
    assert said == ["mine"] * 3
