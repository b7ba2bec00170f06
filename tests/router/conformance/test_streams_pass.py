import json

from tests.support.conformance import SAME, Case, at_once, over
from tests.support.dialects import Heard
from tests.support.scripted_upstream import Pause, Reply, event, stream

WORDS = ("Grü", "ße aus ", "東京 🗼")
TEXT = "".join(WORDS)


def is_whole(heard: Heard) -> bool:
    return (heard.text, heard.whole, heard.error) == (TEXT, True, None)


@at_once
async def test_a_stream_reaches_its_caller_whole(case: Case) -> None:
    case.play(stream(*case.way.wire.events(*WORDS)))
    assert is_whole(await case.stream())
    (row,) = await case.rows()
    assert (row["tokens_input"], row["tokens_output"], row["usage_source"], row["status"]) == (11, 3, "provider", "ok")


@over(SAME)
async def test_a_stream_of_the_callers_own_dialect_is_the_providers_bytes(case: Case) -> None:
    sent = [b": a comment\n\n", *case.way.wire.events(*WORDS)]
    case.play(stream(*sent))
    response = await case.ask(stream=True, stream_options={"include_usage": True})
    assert response.content == b"".join(sent)


@at_once
async def test_bytes_may_be_cut_anywhere(case: Case) -> None:
    sent = b"".join(case.way.wire.events(*WORDS))
    case.play(stream(*(sent[at : at + 1] for at in range(len(sent)))))
    assert is_whole(await case.stream())


@at_once
async def test_a_pause_inside_a_character_is_waited_out(case: Case) -> None:
    sent = b"".join(case.way.wire.events(*WORDS)).replace(json.dumps(WORDS[2])[1:-1].encode(), WORDS[2].encode())
    tower = sent.index("🗼".encode())
    parts = [sent[: tower - 2], sent[tower - 2 : tower + 1], sent[tower + 1 : tower + 3], sent[tower + 3 :]]
    case.play(stream(*[piece for part in parts for piece in (part, Pause(0.03))]))
    assert is_whole(await case.stream())


@at_once
async def test_lines_may_end_in_carriage_return_and_line_feed(case: Case) -> None:
    case.play(stream(*case.way.wire.events(*WORDS, newline="\r\n")))
    assert is_whole(await case.stream())
    (row,) = await case.rows()
    assert (row["tokens_output"], row["usage_source"]) == (3, "provider")


@at_once
async def test_comments_and_fields_that_are_not_data_are_passed_over(case: Case) -> None:
    noise = [b": comment\n\n", b":\n\n", b"id: 7\nretry: 100\n\n", b"\n", b": one\n: two\n\n"]
    events = case.way.wire.events(*WORDS)
    case.play(stream(*noise, *[piece for sent in events for piece in (sent, noise[0])][:-1]))
    assert is_whole(await case.stream())


@at_once
async def test_data_needs_no_space_after_its_colon(case: Case) -> None:
    case.play(stream(*(sent.replace(b"data: ", b"data:") for sent in case.way.wire.events(*WORDS))))
    assert is_whole(await case.stream())
    (row,) = await case.rows()
    assert (row["tokens_output"], row["usage_source"]) == (3, "provider")


@at_once
async def test_data_may_be_spread_over_several_lines(case: Case) -> None:
    spread = [sent.replace(b', "', b',\ndata: "') for sent in case.way.wire.events(*WORDS)]
    case.play(stream(*spread))
    assert is_whole(await case.stream())
    (row,) = await case.rows()
    assert (row["tokens_output"], row["usage_source"]) == (3, "provider")


@at_once
async def test_the_last_empty_line_may_be_missing(case: Case) -> None:
    *events, last = case.way.wire.events(*WORDS)
    case.play(stream(*events, last.rstrip(b"\n")))
    response = await case.ask(stream=True)
    heard = case.way.caller.heard(response.content + b"\n\n")
    assert is_whole(heard)
    (row,) = await case.rows()
    assert (row["tokens_output"], row["status"]) == (3, "ok")


@at_once
async def test_a_stream_in_one_piece_is_read_like_any_other(case: Case) -> None:
    sent = b"".join(case.way.wire.events(*WORDS))
    case.play(Reply(pieces=(sent,), headers=[("content-type", "text/event-stream")]))
    assert is_whole(await case.stream())


@at_once
async def test_a_connection_that_stays_open_after_the_closing_mark_keeps_nobody_waiting(case: Case) -> None:
    case.play(stream(*case.way.wire.events(*WORDS), Pause(20.0)))
    response = await case.ask(stream=True, seconds=4.0)
    assert is_whole(case.way.caller.heard(response.content))
    (row,) = await case.rows()
    assert (row["tokens_output"], row["status"]) == (3, "ok")


@at_once
async def test_events_are_passed_on_as_they_come(case: Case) -> None:
    beginning = case.way.wire.beginning("first")
    rest = case.way.wire.events("first")[len(beginning) :]
    case.play(stream(*beginning, Pause(0.3), *rest))
    body = case.way.caller.request(stream=True)
    async with case.bench.http.stream("POST", case.way.caller.surface, json=body, headers=case.own) as response:
        heard = [piece async for piece in response.aiter_raw()]
    assert "first" in case.way.caller.heard(heard[0]).text
    assert len(heard) > 1


@at_once
async def test_a_kind_of_event_that_nobody_knows_harms_nothing(case: Case) -> None:
    opening = case.way.wire.opening()
    rest = case.way.wire.events(*WORDS)[len(opening) :]
    unknown = event({"type": "event.of.tomorrow", "object": "event.of.tomorrow", "value": [1]})
    case.play(stream(*opening, b"event: event.of.tomorrow\n" + unknown, *rest))
    assert is_whole(await case.stream())


@at_once
async def test_answers_say_who_gave_them(case: Case) -> None:
    case.play(stream(*case.way.wire.events(*WORDS)))
    streamed = await case.ask(stream=True)
    case.play(case.way.wire.answer())
    whole = await case.ask()
    for response in (streamed, whole):
        said = {name: value for name, value in response.headers.items() if name.startswith("x-")}
        own_id = said.pop("x-request-id")
        assert own_id.startswith("req_")
        assert said == {
            "x-vutler-provider": case.way.provider,
            "x-vutler-model": case.models[0],
            "x-vutler-category": "",
            "x-vutler-attempts": "1",
        }
    rows = await case.rows(2)
    assert [row["request_id"] for row in rows] == [streamed.headers["x-request-id"], whole.headers["x-request-id"]]
