from hypothesis import given
from hypothesis import strategies as st

from tests.router.providers.anthropic.streams import (
    cut,
    event,
    head,
    passed,
    tail,
    text_block,
    thinking_block,
    tool_block,
)
from vutler_router.domain.usage import TokenCounts
from vutler_router.providers.anthropic.messages import MessagesStream

WHOLE = [
    head(),
    event("ping"),
    b": comment\n\n",
    *thinking_block(0, "Hm"),
    *text_block(1, "Grüße"),
    *tool_block(2, "toolu_1", '{"a":1}'),
    event("something_new", "\r\n"),
    *tail("tool_use"),
]


@given(st.lists(st.integers(0, 10_000), max_size=12))
def test_every_byte_passes_and_is_counted_however_it_is_cut(places: list[int]) -> None:
    stream = MessagesStream()
    whole = b"".join(WHOLE)

    assert passed(stream, cut(whole, places)) == whole
    assert stream.count.usage == TokenCounts(input=32, output=9, cached_read=20, cached_write=5)
    assert stream.count.characters == len("Hm" + "Grüße" + '{"a":1}')
    assert (stream.opened, stream.started, stream.finished, stream.done) == (True, True, True, True)


def test_an_error_and_what_follows_it_do_not_pass() -> None:
    stream = MessagesStream()
    error = {"type": "overloaded_error", "message": "Overloaded"}

    out = passed(stream, [head(), event("error", error=error), *text_block(0, "x")])

    assert out == head()
    assert stream.error == {"type": "error", "error": error}
    assert not stream.started


def test_only_whole_events_pass() -> None:
    stream = MessagesStream()

    assert stream.feed(head()[:-1]) == b""
    assert stream.feed(b"\n") == head()


def test_a_last_event_that_nobody_closed_is_closed_and_passes() -> None:
    stream = MessagesStream()
    events = b"".join([head(), *text_block(0, "x"), *tail()])

    out = passed(stream, [events[:-2]])

    assert out == events
    assert stream.finished


def test_a_stream_without_its_stop_is_not_finished() -> None:
    stream = MessagesStream()

    passed(stream, [head(), *text_block(0, "x"), tail()[0]])

    assert (stream.started, stream.finished, stream.done) == (True, False, False)


def test_what_cannot_be_read_breaks_the_stream_and_goes_no_further() -> None:
    stream = MessagesStream()

    assert passed(stream, [b"data: {oops\n\n"]) == b""
    assert stream.error == {"error": {"type": "api_error", "message": "an event that is no JSON object"}}


def test_an_event_without_end_is_an_error() -> None:
    stream = MessagesStream()

    passed(stream, [b"data: " + b"x" * (9 << 20)])

    assert stream.error is not None
    assert stream.error["error"] == {"type": "api_error", "message": "an event of more than 8388608 bytes"}
