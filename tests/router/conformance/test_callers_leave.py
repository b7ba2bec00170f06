import asyncio

import pytest

from tests.support.conformance import Bench, Case, Way, at_once
from tests.support.dialects import Counts
from tests.support.scripted_upstream import Hold, Pause, stream

COUNTS = Counts(input=1200, output=80)
SOON = 5.0
LONG_TALK = "word " * 400


async def hears_of_it(case: Case) -> None:
    async with asyncio.timeout(SOON):
        await case.line.departures.get()


@at_once
async def test_a_caller_who_leaves_in_the_middle_ends_the_work_where_that_stops_the_bill(case: Case) -> None:
    beginning = case.way.wire.beginning("Once")
    rest = case.way.wire.events("Once", counts=COUNTS)[len(beginning) :]
    case.play(stream(*beginning, Pause(1.0), *rest))
    await case.leave(b"Once", stream=True)
    (row,) = await case.rows()
    assert row["status"] == "cancelled"
    if case.way.definition.cancel_stops_bill:
        await hears_of_it(case)
    else:
        assert (row["tokens_input"], row["tokens_output"], row["usage_source"]) == (1200, 80, "provider")
        assert case.line.departures.empty()


@at_once
async def test_what_was_streamed_before_a_caller_left_is_metered(case: Case) -> None:
    case.play(stream(*case.way.wire.beginning(LONG_TALK), Pause(1.0)))
    await case.leave(b"word word", stream=True)
    (row,) = await case.rows()
    assert row["status"] == "cancelled"
    assert row["tokens_output"] >= len(LONG_TALK) // 4
    assert row["tokens_input"] > 0


@pytest.mark.parametrize("streamed", [True, False], ids=["streamed", "whole"])
@at_once
async def test_a_caller_who_leaves_before_the_first_word_is_metered_once(
    router: Bench, way: Way, *, streamed: bool
) -> None:
    case = await router.case(way)
    late = stream(Pause(1.0), *way.wire.events("Late", counts=COUNTS)) if streamed else way.wire.answer(counts=COUNTS)
    case.play(late if streamed else type(late)(pieces=(Pause(1.0), *late.pieces), headers=late.headers))
    await case.leave(stream=streamed)
    if way.definition.cancel_stops_bill:
        await hears_of_it(case)
    (row,) = await case.rows()
    assert row["status"] == "cancelled"
    if not way.definition.cancel_stops_bill:
        assert (row["tokens_input"], row["tokens_output"], row["usage_source"]) == (1200, 80, "provider")
    assert case.calls == 1
    assert len(await case.rows_before()) == 1


@at_once
async def test_a_caller_who_leaves_while_nobody_answers_costs_nothing(case: Case) -> None:
    case.play(case.way.wire.failure(503, headers=[("retry-after", "3")]))
    await case.leave()
    await asyncio.sleep(0.2)
    assert await case.rows_before() == []


@at_once
async def test_a_caller_who_leaves_is_held_against_nobody(case: Case) -> None:
    case.play(stream(*case.way.wire.beginning("Once"), Hold()))
    for _ in range(4):
        await case.leave(b"Once", stream=True)
    assert await case.breakers() == []
    case.play(case.way.wire.answer("still here"))
    assert case.way.caller.text_of((await case.ask()).json()) == "still here"
