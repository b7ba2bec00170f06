import base64

import pytest

from tests.router.providers.anthropic.requests import HELLO, OPUS_5, text, translated
from vutler_router.errors import InvalidRequest
from vutler_router.providers.anthropic.conversation import OPENING

PNG = "data:image/png;base64," + base64.b64encode(b"picture").decode()


def user(content: object) -> dict[str, object]:
    return {"role": "user", "content": content}


def test_system_and_developer_messages_go_to_the_top_in_order() -> None:
    body = translated(
        {"role": "system", "content": "One."},
        HELLO,
        {"role": "developer", "content": [text("Two."), text("")]},
        {"role": "assistant", "content": "Hi"},
        user("Go on"),
    )

    assert body["system"] == [text("One."), text("Two.")]
    assert [message["role"] for message in body["messages"]] == ["user", "assistant", "user"]


def test_messages_of_one_side_are_put_together() -> None:
    body = translated(user("a"), user("b"), {"role": "assistant", "content": "c"}, user("d"))

    assert body["messages"][0] == {"role": "user", "content": [text("a"), text("b")]}
    assert len(body["messages"]) == 3


def test_empty_messages_are_left_out() -> None:
    body = translated(
        user("a"), {"role": "assistant", "content": ""}, user([text("  "), text("")]), user(None), user("b")
    )

    assert body["messages"] == [{"role": "user", "content": [text("a"), text("b")]}]


def test_a_conversation_that_the_assistant_opens_gets_a_first_word_of_the_user() -> None:
    body = translated({"role": "assistant", "content": "How can I help?"}, user("Sing"))

    assert body["messages"][0] == {"role": "user", "content": [text(OPENING)]}
    assert [message["role"] for message in body["messages"]] == ["user", "assistant", "user"]


def test_instructions_alone_are_a_request() -> None:
    body = translated({"role": "system", "content": "Write a poem."})

    assert body["system"] == [text("Write a poem.")]
    assert body["messages"] == [{"role": "user", "content": [text(OPENING)]}]


@pytest.mark.parametrize("messages", [[user(" ")], [user([])]])
def test_a_request_that_says_nothing_is_refused(messages: list[object]) -> None:
    with pytest.raises(InvalidRequest) as refused:
        translated(*messages)

    assert refused.value.param == "messages"


def test_a_last_message_of_the_assistant_is_continued_without_its_trailing_space() -> None:
    body = translated(HELLO, {"role": "assistant", "content": "The answer is "})

    assert body["messages"][-1] == {"role": "assistant", "content": [text("The answer is")]}


def test_models_that_continue_nothing_refuse_it() -> None:
    with pytest.raises(InvalidRequest) as refused:
        translated(HELLO, {"role": "assistant", "content": "The answer is"}, model=OPUS_5)

    assert refused.value.param == "messages"


def test_pictures_come_from_an_address_or_from_the_request() -> None:
    body = translated(
        user(
            [
                {"type": "image_url", "image_url": {"url": PNG, "detail": "low"}},
                {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}},
            ]
        )
    )

    assert [block["source"] for block in body["messages"][0]["content"]] == [
        {"type": "base64", "media_type": "image/png", "data": base64.b64encode(b"picture").decode()},
        {"type": "url", "url": "https://example.org/a.png"},
    ]


def test_documents_are_sent_along() -> None:
    data = base64.b64encode(b"%PDF-1.7").decode()
    notes = base64.b64encode("Grüße".encode()).decode()

    body = translated(
        user(
            [
                {"type": "file", "file": {"file_data": f"data:application/pdf;base64,{data}", "filename": "a.pdf"}},
                {"type": "file", "file": {"file_data": f"data:text/plain;charset=utf-8;base64,{notes}"}},
            ]
        )
    )

    assert body["messages"][0]["content"] == [
        {
            "type": "document",
            "source": {"type": "base64", "media_type": "application/pdf", "data": data},
            "title": "a.pdf",
        },
        {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "Grüße"}},
    ]


@pytest.mark.parametrize(
    ("part", "field"),
    [
        ({"type": "image_url", "image_url": {"url": "data:image/png;base64,***"}}, "image_url.url"),
        ({"type": "image_url", "image_url": {"url": "data:image/png,abc"}}, "image_url.url"),
        ({"type": "image_url", "image_url": {"url": "data:image/bmp;base64,YWJj"}}, "image_url.url"),
        ({"type": "image_url", "image_url": {"url": "ftp://example.org/a.png"}}, "image_url.url"),
        ({"type": "image_url"}, "image_url.url"),
        ({"type": "file", "file": {"file_id": "file-1"}}, "file.file_id"),
        ({"type": "file", "file": {"file_data": "data:video/mp4;base64,YWJj"}}, "file.file_data"),
        ({"type": "file", "file": {"file_data": "data:text/plain;base64,/w=="}}, "file.file_data"),
        ({"type": "input_audio", "input_audio": {"data": "YWJj", "format": "wav"}}, "type"),
        ({"type": "text", "text": 5}, "text"),
    ],
)
def test_parts_that_cannot_be_shown_are_refused_by_name(part: object, field: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        translated(user([text("Look"), part]))

    assert refused.value.param == f"messages[0].content[1].{field}"


@pytest.mark.parametrize(
    ("message", "field"),
    [
        ({"role": "function", "name": "f", "content": "x"}, "role"),
        ({"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": "{}"}}, "function_call"),
        ({"role": "assistant", "audio": {"id": "a"}}, "audio"),
        ({"role": "system", "content": [{"type": "image_url", "image_url": {"url": PNG}}]}, "content[0].type"),
    ],
)
def test_messages_that_cannot_be_said_are_refused_by_name(message: object, field: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        translated(HELLO, message)

    assert refused.value.param == f"messages[1].{field}"


def test_a_refusal_stays_what_the_assistant_said() -> None:
    body = translated(
        HELLO,
        {"role": "assistant", "content": [{"type": "refusal", "refusal": "No."}]},
        HELLO,
        {"role": "assistant", "content": None, "refusal": "Never."},
        HELLO,
    )

    assert body["messages"][1]["content"] == [text("No.")]
    assert body["messages"][3]["content"] == [text("Never.")]
