import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.chat import ChatCompletionChunk

from tests.router.providers.anthropic.streams import (
    block,
    chunks,
    cut,
    deltas,
    event,
    head,
    passed,
    tail,
    text_block,
    thinking_block,
    tool_block,
)
from vutler_router.domain.usage import TokenCounts
from vutler_router.providers.anthropic.to_chat_stream import ChatFromMessages

PING = event("ping")
OVERLOADED = event("error", error={"type": "overloaded_error", "message": "Overloaded"})


def reader(*, include_usage: bool = False) -> ChatFromMessages:
    return ChatFromMessages(created=1_700_000_000, include_usage=include_usage)


def test_text_comes_in_chunks_between_a_role_and_a_reason() -> None:
    stream = reader()

    out = passed(stream, [head(), PING, *text_block(0, "Hel", "lo"), *tail()])

    assert deltas(out) == [{"role": "assistant", "content": ""}, {"content": "Hel"}, {"content": "lo"}, {}]
    assert [chunk["choices"][0]["finish_reason"] for chunk in chunks(out)] == [None, None, None, "stop"]
    assert {(chunk["id"], chunk["created"], chunk["model"]) for chunk in chunks(out)} == {
        ("msg_1", 1_700_000_000, "claude-haiku-4-5")
    }
    assert out.endswith(b"data: [DONE]\n\n")
    assert (stream.opened, stream.started, stream.finished, stream.done, stream.error) == (True, True, True, True, None)


def test_every_chunk_is_one_that_openais_client_reads() -> None:
    out = passed(
        reader(include_usage=True),
        [head(), *thinking_block(0, "Hm"), *text_block(1, "So"), *tool_block(2, "toolu_1", "{}"), *tail("tool_use")],
    )

    read = [ChatCompletionChunk.model_validate(chunk, strict=True) for chunk in chunks(out)]
    assert read[-1].choices == []
    assert read[-2].choices[0].finish_reason == "tool_calls"


def test_calls_are_numbered_and_their_arguments_come_in_pieces() -> None:
    out = passed(
        reader(),
        [head(), *text_block(0, "Ok"), *tool_block(1, "a", "", '{"city":', '"Bern"}'), *tool_block(2, "b"), *tail()],
    )

    calls = [delta["tool_calls"][0] for delta in deltas(out) if "tool_calls" in delta]
    assert calls == [
        {"index": 0, "id": "a", "type": "function", "function": {"name": "weather", "arguments": ""}},
        {"index": 0, "function": {"arguments": '{"city":'}},
        {"index": 0, "function": {"arguments": '"Bern"}'}},
        {"index": 1, "id": "b", "type": "function", "function": {"name": "weather", "arguments": ""}},
        {"index": 1, "function": {"arguments": "{}"}},
    ]


def test_arguments_that_came_with_the_call_are_told() -> None:
    out = passed(reader(), [head(), *tool_block(0, "a", given={"city": "Bern"}), *tail("tool_use")])

    assert deltas(out)[2] == {"tool_calls": [{"index": 0, "function": {"arguments": '{"city":"Bern"}'}}]}


def test_thoughts_come_as_they_are_and_at_the_end_with_their_signatures() -> None:
    hidden = {"type": "redacted_thinking", "data": "b3BhcXVl"}

    out = passed(reader(), [head(), *thinking_block(0, "Be", "rn"), *block(1, hidden), *text_block(2, "x"), *tail()])

    assert [delta["reasoning_content"] for delta in deltas(out) if "reasoning_content" in delta] == ["Be", "rn"]
    assert deltas(out)[-2] == {
        "thinking_blocks": [{"type": "thinking", "thinking": "Bern", "signature": "sig"}, hidden]
    }


def test_counts_are_told_last_and_only_if_wanted() -> None:
    events = [head(), *text_block(0, "x"), *tail(output_tokens_details={"thinking_tokens": 2})]

    out = chunks(passed(reader(include_usage=True), events))

    assert out[-1]["choices"] == []
    assert out[-1]["usage"]["prompt_tokens"] == 32
    assert out[-1]["usage"]["completion_tokens"] == 9
    assert all(chunk["usage"] is None for chunk in out[:-1])
    assert all("usage" not in chunk for chunk in chunks(passed(reader(), events)))


def test_the_last_counts_hold() -> None:
    stream = reader()

    passed(stream, [head(), *text_block(0, "Hello"), *tail(input_tokens=8)])

    assert stream.count.usage == TokenCounts(input=33, output=9, cached_read=20, cached_write=5)
    assert stream.count.characters == 5


def test_the_answer_starts_with_its_first_content() -> None:
    stream = reader()
    stream.feed(head())
    opened = (stream.opened, stream.started)

    stream.feed(text_block(0)[0])
    empty = stream.started
    stream.feed(text_block(0, "x")[1])

    assert opened == (True, False)
    assert not empty
    assert stream.started


@pytest.mark.parametrize("start", [tool_block(0, "a")[0], tail()[0]])
def test_a_call_or_an_end_starts_the_answer_too(start: bytes) -> None:
    stream = reader()

    passed(stream, [head(), start])

    assert stream.started


def test_an_error_is_kept_and_nothing_follows_it() -> None:
    stream = reader()

    out = passed(stream, [head(), *text_block(0, "x"), OVERLOADED, *tail()])

    assert stream.error == {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    assert deltas(out)[-1] == {"content": "x"}
    assert not stream.finished


def test_an_event_that_is_no_json_breaks_the_stream() -> None:
    stream = reader()

    out = passed(stream, [head(), b"event: content_block_delta\ndata: {oops\n\n", *tail()])

    assert stream.error is not None
    assert stream.error["error"] == {"type": "api_error", "message": "an event that is no JSON object"}
    assert b"[DONE]" not in out


def test_a_stream_that_breaks_off_never_looks_whole() -> None:
    stream = reader()

    out = passed(stream, [head(), *text_block(0, "x"), tail()[0]])

    assert (stream.finished, stream.done) == (False, False)
    assert all(chunk["choices"][0]["finish_reason"] is None for chunk in chunks(out))
    assert b"[DONE]" not in out


def test_a_stop_without_a_reason_is_no_end() -> None:
    stream = reader()

    out = passed(stream, [head(), *text_block(0, "x"), event("message_stop")])

    assert (stream.finished, stream.done) == (False, True)
    assert b"[DONE]" not in out


def test_events_that_came_later_than_this_reader_are_passed_over() -> None:
    server = {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}}
    events = [
        *block(0, server, {"type": "input_json_delta", "partial_json": '{"query":"x"}'}),
        event("something_new", index=0),
        *block(1, {"type": "text", "text": ""}, {"type": "citations_delta", "citation": {}}),
    ]

    out = passed(reader(), [head(), *events, *tail()])

    assert deltas(out) == [{"role": "assistant", "content": ""}, {}]


@st.composite
def streams(draw: st.DrawFn) -> bytes:
    """Build a stream of any blocks, with pings and comments between and perhaps an error or no end."""
    words = st.lists(st.text(max_size=6), max_size=4)
    kinds = draw(st.lists(st.sampled_from(["text", "thinking", "tool"]), max_size=4))
    events = [head()]
    for index, kind in enumerate(kinds):
        match kind:
            case "text":
                events += text_block(index, *draw(words))
            case "thinking":
                events += thinking_block(index, *draw(words))
            case _:
                events += tool_block(index, f"toolu_{index}", *draw(words))
    events += tail(draw(st.sampled_from(["end_turn", "tool_use", "max_tokens"])))
    extras = [PING, b": comment\n\n", OVERLOADED, event("ping", "\r\n"), b"data: {broken\r\n\r\n"]
    for extra in draw(st.lists(st.sampled_from(extras), max_size=3)):
        events.insert(draw(st.integers(0, len(events))), extra)
    return b"".join(events[: draw(st.integers(1, len(events)))])


@given(streams(), st.lists(st.integers(0, 10_000), max_size=12))
def test_any_cutting_gives_the_same_chunks_and_the_same_counts(whole: bytes, places: list[int]) -> None:
    at_once, in_pieces = reader(include_usage=True), reader(include_usage=True)

    assert passed(in_pieces, cut(whole, places)) == passed(at_once, [whole])
    assert in_pieces.count == at_once.count
    assert (in_pieces.finished, in_pieces.error) == (at_once.finished, at_once.error)
