import pytest

from tests.support.scripted_upstream import delta, event
from vutler_router.providers.anthropic.messages import MessagesStream
from vutler_router.providers.codec import StreamReader
from vutler_router.providers.openai.chat_stream import ChatStream
from vutler_router.providers.openai.responses_stream import ResponsesStream

READERS = [ChatStream(strip_usage=False), ResponsesStream(), MessagesStream()]


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: type(reader).__name__)
@pytest.mark.parametrize(
    "tail", [b'data: {"error": {"message": "key sk-live', b"data: {", b": comm", b"event: x", b"da"]
)
def test_half_an_event_is_dropped(reader: StreamReader, tail: bytes) -> None:
    assert reader.feed(tail) + reader.rest() == b""


def test_half_a_piece_of_text_is_dropped_once_the_answer_has_begun() -> None:
    reader = ChatStream(strip_usage=False)
    begun = event(delta("Hel"))
    assert reader.feed(begun + event(delta("lo"))[:-9]) + reader.rest() == begun
    assert not reader.finished


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"])
def test_a_whole_event_that_only_lacks_its_empty_line_passes_with_one(end: bytes) -> None:
    reader = ChatStream(strip_usage=False)
    last = event("[DONE]").rstrip(b"\n")
    assert reader.feed(last + end) + reader.rest() == event("[DONE]")
    assert reader.done


def test_an_event_in_the_middle_that_is_no_json_breaks_the_stream() -> None:
    reader = ChatStream(strip_usage=False)
    assert reader.feed(event(delta("Hel")) + b"data: <html> key sk-live\n\n" + event(delta("lo"))) == event(
        delta("Hel")
    )
    assert reader.error == {"error": {"type": "api_error", "message": "an event that is no JSON object"}}


def test_an_event_with_empty_data_passes() -> None:
    reader = ChatStream(strip_usage=False)
    assert reader.feed(b"event: ping\ndata:\n\n") == b"event: ping\ndata:\n\n"
    assert (reader.error, reader.started) == (None, False)
