from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.router.providers.anthropic.api_types import accepted
from tests.router.providers.anthropic.requests import WEATHER, call, result
from vutler_router.errors import InvalidRequest
from vutler_router.providers.anthropic.from_chat import messages_body

TEXTS = st.sampled_from(["", " ", "\n", "Hello", "Grüße "])
IDS = st.sampled_from(["", "a", "a.b", "a:b", "call_1", "ü"])
PARTS = st.lists(TEXTS.map(lambda said: {"type": "text", "text": said}), max_size=3)
WORDS = st.one_of(st.none(), TEXTS, PARTS)
PLAIN = st.builds(
    lambda role, content: {"role": role, "content": content},
    st.sampled_from(["system", "developer", "user", "assistant"]),
    WORDS,
)


@st.composite
def rounds(draw: st.DrawFn) -> list[dict[str, object]]:
    """Build an assistant's calls and their results in any order, with other messages between."""
    ids = draw(st.lists(IDS, min_size=1, max_size=3))
    calls: dict[str, object] = {"role": "assistant", "content": draw(WORDS), "tool_calls": [call(one) for one in ids]}
    others: list[dict[str, object]] = [
        {"role": "user", "content": draw(WORDS)},
        {"role": "system", "content": draw(WORDS)},
    ]
    results = [result(one, draw(WORDS)) for one in draw(st.permutations(ids))]
    return [calls, *draw(st.permutations([*results, *others[: draw(st.integers(0, 2))]]))]


CONVERSATIONS = st.lists(st.one_of(PLAIN.map(lambda one: [one]), rounds()), min_size=1, max_size=6).map(
    lambda parts: [message for part in parts for message in part]
)


def translated(messages: list[dict[str, object]]) -> dict[str, Any] | None:
    """Translate; None for what is refused because all of it is empty."""
    try:
        return messages_body({"messages": messages, "tools": [WEATHER]}, model="claude-haiku-4-5", max_tokens=100)
    except InvalidRequest as refused:
        if refused.param != "messages":
            raise
        return None


@given(CONVERSATIONS)
def test_sides_alternate_from_the_user_on_and_say_something(messages: list[dict[str, object]]) -> None:
    body = translated(messages)
    if body is None:
        assert not any(message.get("tool_calls") for message in messages)
        return

    accepted(body)
    roles = [message["role"] for message in body["messages"]]
    assert roles[0] == "user"
    assert all(before != after for before, after in pairwise(roles))
    blocks = [block for message in body["messages"] for block in message["content"]]
    assert all(message["content"] for message in body["messages"])
    assert all(block["text"].strip() for block in [*blocks, *body.get("system", [])] if block["type"] == "text")


@given(CONVERSATIONS)
def test_each_call_is_followed_by_its_result(messages: list[dict[str, object]]) -> None:
    body = translated(messages) or {"messages": []}

    turns = [message["content"] for message in body["messages"]]
    called = [[block["id"] for block in turn if block["type"] == "tool_use"] for turn in turns]
    answered = [[block["tool_use_id"] for block in turn if block["type"] == "tool_result"] for turn in turns]
    assert [sorted(ids) for ids in called] == [sorted(ids) for ids in answered[1:]] + [[]] * bool(turns)
    assert len({one for ids in called for one in ids}) == sum(map(len, called))
    assert all(one.replace("-", "").replace("_", "").isascii() and one for ids in called for one in ids)
