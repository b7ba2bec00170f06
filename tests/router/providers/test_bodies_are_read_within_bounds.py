import pytest
from hypothesis import given
from hypothesis import strategies as st

from vutler_router.errors import InvalidRequest
from vutler_router.providers.decoding import decode_object, encode
from vutler_router.providers.model_request import ModelRequest
from vutler_router.providers.surfaces import Surface

HELLO = [{"role": "user", "content": "Hello"}]


def nested(levels: int) -> bytes:
    return b'{"x":' + b"[" * levels + b"]" * levels + b"}"


def test_deep_nesting_is_refused_before_anything_is_sent() -> None:
    decode_object(nested(200))
    for levels in (300, 100_000):
        with pytest.raises(InvalidRequest) as refused:
            decode_object(nested(levels))
        assert refused.value.code == "invalid_json"


def test_many_brackets_that_are_not_deep_pass() -> None:
    assert len(decode_object(b'{"x":[' + b"[]," * 5_000 + b"[]]}")["x"]) == 5_001  # type: ignore[arg-type]


@given(st.binary(max_size=200))
def test_any_bytes_are_an_object_or_a_clear_refusal(body: bytes) -> None:
    try:
        decoded = decode_object(body)
    except InvalidRequest as refused:
        decoded = {"refused": refused.code}
    assert decode_object(encode(decoded)) == decoded
    assert decoded.get("refused", "invalid_json") == "invalid_json"


@pytest.mark.parametrize(
    ("surface", "fields", "param"),
    [
        (Surface.CHAT, {}, "messages"),
        (Surface.CHAT, {"messages": []}, "messages"),
        (Surface.CHAT, {"messages": [7]}, "messages[0]"),
        (Surface.CHAT, {"messages": [{"role": ["user"], "content": "x"}]}, "messages[0].role"),
        (Surface.CHAT, {"messages": [{"role": "user", "content": 7}]}, "messages[0].content"),
        (Surface.CHAT, {"messages": [{"role": "user", "content": ["x"]}]}, "messages[0].content"),
        (Surface.CHAT, {"messages": HELLO, "stream": "yes"}, "stream"),
        (Surface.CHAT, {"messages": HELLO, "max_tokens": True}, "max_tokens"),
        (Surface.CHAT, {"messages": HELLO, "model": 7}, "model"),
        (Surface.MESSAGES, {"messages": HELLO}, "max_tokens"),
        (Surface.MESSAGES, {"messages": [{"role": "tool"}], "max_tokens": 5}, "messages[0].role"),
        (Surface.EMBEDDINGS, {}, "input"),
        (Surface.EMBEDDINGS, {"input": []}, "input"),
        (Surface.RESPONSES, {}, "input"),
        (Surface.RESPONSES, {"input": 7}, "input"),
        (Surface.RESPONSES, {"input": "x", "background": True}, "background"),
    ],
)
def test_what_nobody_could_answer_is_refused_by_the_name_of_its_field(
    surface: Surface, fields: dict[str, object], param: str
) -> None:
    with pytest.raises(InvalidRequest) as refused:
        ModelRequest.of(surface, fields)
    assert refused.value.param == param


def test_null_is_as_good_as_absent() -> None:
    request = ModelRequest.of(Surface.CHAT, {"messages": HELLO, "stream": None, "temperature": None, "model": None})
    assert (request.stream, request.model) == (False, "router")


@pytest.mark.parametrize(
    ("surface", "fields", "characters"),
    [
        (Surface.CHAT, {"messages": [{"role": "user", "content": "four"}, {"role": "user", "content": None}]}, 4),
        (
            Surface.CHAT,
            {"messages": [{"role": "user", "content": [{"text": "ab"}, {"image_url": {"url": "data:…"}}]}]},
            2,
        ),
        (Surface.MESSAGES, {"messages": HELLO, "system": [{"type": "text", "text": "abc"}], "max_tokens": 9}, 8),
        (Surface.EMBEDDINGS, {"input": ["ab", "cd"]}, 4),
        (Surface.RESPONSES, {"input": [{"role": "user", "content": "abc"}], "instructions": "de"}, 5),
    ],
)
def test_the_length_of_a_prompt_is_known_on_every_surface(
    surface: Surface, fields: dict[str, object], characters: int
) -> None:
    assert ModelRequest.of(surface, fields).characters() == characters
