from typing import Any

from tests.support.chat_script import chat_usage
from tests.support.conformance import PLAIN_CHATS, Bench, Case, Way, at_once, outcomes, over
from tests.support.dialects import Counts
from tests.support.scripted_upstream import Cut, Reply, delta, event, stream, usage_chunk
from vutler_router.providers.definitions import StreamUsage

COUNTS = Counts(input=1200, output=80, cached=1000, reasoning=30)
ASKED = {"include_usage": True}


def counted(row: dict[str, Any]) -> tuple[int, ...]:
    names = ("tokens_input", "tokens_output", "tokens_total", "tokens_cached", "tokens_reasoning")
    return tuple(row[name] for name in names)


@at_once
async def test_what_a_provider_counts_in_a_whole_answer_is_what_is_metered(case: Case) -> None:
    case.play(case.way.wire.answer(counts=COUNTS))
    response = await case.ask()
    (row,) = await case.rows()
    assert counted(row) == (1200, 80, 1280, 1000, 30)
    assert (row["usage_source"], row["status"], row["request_type"]) == ("provider", "ok", "chat")
    assert (row["provider"], row["model"], row["tier"]) == (case.way.provider, case.models[0], "")
    assert row["request_id"] == response.headers["x-request-id"]


@at_once
async def test_what_a_provider_counts_in_a_stream_is_what_is_metered(case: Case) -> None:
    case.play(stream(*case.way.wire.events("Hel", "lo", counts=COUNTS)))
    await case.stream()
    (row,) = await case.rows()
    assert counted(row) == (1200, 80, 1280, 1000, 30)
    assert (row["usage_source"], row["status"]) == ("provider", "ok")


@at_once
async def test_an_answer_without_counts_is_estimated_and_marked(case: Case) -> None:
    case.play(case.way.wire.answer("twelve chars", counts=None))
    await case.ask("sixteen letters!")
    (row,) = await case.rows()
    assert (row["tokens_input"], row["tokens_output"], row["usage_source"]) == (4, 3, "estimated")


@at_once
async def test_a_stream_without_counts_is_estimated_and_marked(case: Case) -> None:
    case.play(stream(*case.way.wire.events("twelve", " chars", counts=None)))
    await case.stream("sixteen letters!")
    (row,) = await case.rows()
    assert (row["tokens_input"], row["tokens_output"], row["usage_source"]) == (4, 3, "estimated")


@over(PLAIN_CHATS)
async def test_counts_in_a_stream_are_asked_for_and_taken_out_again(case: Case) -> None:
    case.play(stream(*case.way.wire.events("Hi")))
    response = await case.ask(stream=True)
    assert response.content == b"".join(case.way.wire.events("Hi", counts=None))
    always = case.way.definition.stream_usage is StreamUsage.ALWAYS
    assert case.line.received[0].json.get("stream_options") == (None if always else ASKED)
    (row,) = await case.rows()
    assert (row["tokens_output"], row["usage_source"]) == (3, "provider")


@over(PLAIN_CHATS)
async def test_the_callers_other_stream_options_stay(case: Case) -> None:
    case.play(stream(*case.way.wire.events("Hi")))
    await case.stream(stream_options={"include_usage": False, "include_obfuscation": False})
    always = case.way.definition.stream_usage is StreamUsage.ALWAYS
    kept = {"include_usage": True, "include_obfuscation": False}
    assert case.line.received[0].json.get("stream_options") == (None if always else kept)


@at_once
async def test_a_caller_who_asks_for_counts_gets_them(case: Case) -> None:
    case.play(stream(*case.way.wire.events("Hi")))
    heard = await case.stream(stream_options=ASKED)
    assert (heard.usage, heard.whole) == ((11, 3), True)


@over(PLAIN_CHATS)
async def test_nobody_is_asked_for_counts_where_nothing_is_streamed(case: Case) -> None:
    await case.ask()
    assert "stream_options" not in case.line.received[0].json


def usage(output: int) -> dict[str, Any]:
    return chat_usage(Counts(5, output))


def told_in_many_ways() -> dict[str, tuple[Reply, bytes]]:
    """Return streams that count five and nine tokens, and what the caller is to get of each who did not ask."""
    start, end, done = event(delta("a")), event(delta(finish="stop")), event("[DONE]")
    beside = [event(delta("a", usage=usage(1))), event(delta(finish="stop", usage=usage(9))), done]
    null = [event(delta("a", usage=None)), event(delta(finish="stop", usage=None))]
    alone = event(usage_chunk(usage(9)))
    repeated = event(delta(finish="stop", usage=usage(9)))
    empty = event(delta() | {"choices": [], "usage": None})
    events = {
        "alone": ([start, end, alone, done], [start, end, done]),
        "beside each delta": (beside, beside),
        "null until the end": ([*null, alone, done], [*null, done]),
        "several times, growing": ([start, event(usage_chunk(usage(3))), end, alone, done], [start, end, done]),
        "before the end": ([start, alone, end, done], [start, end, done]),
        "with the end once more": ([start, end, repeated, done], [start, end, repeated, done]),
        "null after the count": ([start, end, alone, empty, done], [start, end, empty, done]),
    }
    return {name: (stream(*sent), b"".join(got)) for name, (sent, got) in events.items()}


@over(PLAIN_CHATS)
async def test_of_all_ways_to_tell_counts_the_last_one_holds(router: Bench, way: Way) -> None:
    async def outcome(told: tuple[Reply, bytes]) -> object:
        reply, expected = told
        case = await router.case(way)
        case.play(reply)
        response = await case.ask(stream=True)
        (row,) = await case.rows()
        counts = (row["tokens_input"], row["tokens_output"], row["usage_source"])
        return counts, response.content == expected

    told = told_in_many_ways()
    assert await outcomes(outcome, told) == dict.fromkeys(told, ((5, 9, "provider"), True))


@at_once
async def test_counts_that_cannot_be_true_are_bounded(router: Bench, way: Way) -> None:
    async def outcome(counts: Counts) -> object:
        case = await router.case(way)
        case.play(way.wire.answer(counts=counts))
        assert (await case.ask()).status_code == 200
        (row,) = await case.rows()
        return (
            0 <= row["tokens_input"] <= 10**9,
            0 <= row["tokens_output"] <= 10**9,
            row["tokens_cached"] <= row["tokens_input"],
        )

    absurd = {
        "negative": Counts(-5, -7),
        "huge": Counts(10**18, 10**18),
        "more cached than read": Counts(5, 1, cached=99),
    }
    assert await outcomes(outcome, absurd) == dict.fromkeys(absurd, (True, True, True))


@at_once
async def test_an_answered_request_has_one_row_through_retries(case: Case) -> None:
    case.play(case.way.wire.failure(503), case.way.wire.answer(counts=COUNTS))
    response = await case.ask()
    assert response.headers["x-vutler-attempts"] == "2"
    rows = await case.rows_before()
    assert [(row["request_id"], counted(row)[:2]) for row in rows] == [(response.headers["x-request-id"], (1200, 80))]


@at_once
async def test_a_stream_that_breaks_has_one_row_and_keeps_what_was_counted(case: Case) -> None:
    case.play(stream(*case.way.wire.beginning("word " * 40), Cut()))
    await case.stream("sixteen letters!")
    (row,) = await case.rows_before()
    assert row["status"] == "error"
    assert row["tokens_output"] >= 50
    assert row["tokens_input"] >= 4
