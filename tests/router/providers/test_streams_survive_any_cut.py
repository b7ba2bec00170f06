from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tests.support.scripted_upstream import delta, event, told, usage_chunk
from vutler_router.providers.openai.chat_stream import ChatStream
from vutler_router.providers.sse import EventSplitter, data_of

NEWLINES = st.sampled_from(["\n", "\r\n"])
WORDS = st.lists(st.text(max_size=8), max_size=5)


@st.composite
def streams(draw: st.DrawFn) -> bytes:
    """Build a stream with comments, counts inside and beside content, and both kinds of line ends."""
    newline = draw(NEWLINES)
    events = told(draw(WORDS), newline=newline)
    extras = [
        b": comment" + newline.encode() * 2,
        event(delta("x", usage={"prompt_tokens": 1, "completion_tokens": 1}), newline),
        event(usage_chunk({"prompt_tokens": 2, "completion_tokens": 2}), newline),
        b"event: ping" + newline.encode() + b"data:" + newline.encode() * 2,
    ]
    for extra in draw(st.lists(st.sampled_from(extras), max_size=3)):
        events.insert(draw(st.integers(0, len(events) - 1)), extra)
    return b"".join(events)


def cut(whole: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(whole) + 1) for place in places), len(whole)]
    return [whole[start:end] for start, end in pairwise(edges)]


def read(pieces: list[bytes], *, strip_usage: bool) -> tuple[bytes, object, bool]:
    reader = ChatStream(strip_usage=strip_usage)
    passed = b"".join(reader.feed(piece) for piece in pieces) + reader.rest()
    return passed, reader.count, reader.done


@given(whole=streams(), places=st.lists(st.integers(0, 10_000), max_size=12), strip_usage=st.booleans())
def test_any_cutting_gives_the_same_bytes_and_the_same_counts(
    whole: bytes, places: list[int], *, strip_usage: bool
) -> None:
    assert read(cut(whole, places), strip_usage=strip_usage) == read([whole], strip_usage=strip_usage)


@given(streams(), st.lists(st.integers(0, 10_000), max_size=12))
def test_without_stripping_every_byte_passes(whole: bytes, places: list[int]) -> None:
    assert read(cut(whole, places), strip_usage=False)[0] == whole


@given(st.binary(max_size=200), st.lists(st.integers(0, 200), max_size=6))
def test_splitting_loses_and_adds_nothing(whole: bytes, places: list[int]) -> None:
    splitter = EventSplitter(1_000)
    events = [found for piece in cut(whole, places) for found in splitter.feed(piece)]
    assert b"".join(events) + splitter.rest() == whole


def test_several_data_lines_are_one_datum() -> None:
    assert data_of(b"data: a\ndata:b\nid: 7\n\n") == b"a\nb"


def test_a_comment_has_no_data() -> None:
    assert data_of(b": OPENROUTER PROCESSING\n\n") is None


def test_an_endless_event_is_an_error() -> None:
    reader = ChatStream(strip_usage=False)
    for _ in range(9):
        reader.feed(b"x" * (1 << 20))
    assert reader.error is not None
