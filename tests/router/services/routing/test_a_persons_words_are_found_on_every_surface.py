from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vutler_router.providers.model_request import ModelRequest
from vutler_router.providers.surfaces import Surface
from vutler_router.services.routing.speech import Speech, speech_of

QUESTION = {"role": "user", "content": "Hello"}
CALL = {"id": "call_1", "type": "function", "function": {"name": "look", "arguments": "{}"}}
INTERNAL = "<<<BEGIN_OPENCLAW_INTERNAL_CONTEXT>>>\nfiles changed\n<<<END_OPENCLAW_INTERNAL_CONTEXT>>>"


def chat(*messages: Any) -> Speech:
    return speech_of(ModelRequest.of(Surface.CHAT, {"messages": list(messages)}))


def anthropic(*messages: Any) -> Speech:
    return speech_of(ModelRequest.of(Surface.MESSAGES, {"messages": list(messages), "max_tokens": 5}))


def responses(said: Any) -> Speech:
    return speech_of(ModelRequest.of(Surface.RESPONSES, {"input": said}))


def test_turns_come_oldest_first_without_the_assistants() -> None:
    found = chat(
        {"role": "system", "content": "Be kind"},
        QUESTION,
        {"role": "assistant", "content": "Hi"},
        {"role": "user", "content": "Why?"},
    )
    assert (found.turns, found.in_tool_loop) == (("Hello", "Why?"), False)


def test_parts_of_text_are_joined_and_others_passed_over() -> None:
    parts = [
        {"type": "text", "text": "Look"},
        {"type": "image_url", "image_url": {"url": "data:,"}},
        {"type": "text", "text": "at it"},
    ]
    assert chat({"role": "user", "content": parts}).turns == ("Look\nat it",)


def test_a_message_that_only_software_wrote_is_no_turn() -> None:
    assert chat(QUESTION, {"role": "user", "content": INTERNAL}).turns == ("Hello",)


@pytest.mark.parametrize(
    "found",
    [
        chat(
            QUESTION,
            {"role": "assistant", "content": None, "tool_calls": [CALL]},
            {"role": "tool", "tool_call_id": "call_1", "content": "x"},
        ),
        chat(
            QUESTION,
            {"role": "assistant", "content": None, "tool_calls": [CALL]},
            {"role": "tool", "tool_call_id": "call_1", "content": "x"},
            {"role": "user", "content": INTERNAL},
        ),
        anthropic(
            QUESTION,
            {"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "look", "input": {}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "x"}]},
        ),
        responses(
            [
                {"role": "user", "content": [{"type": "input_text", "text": "Hello"}]},
                {"type": "function_call", "call_id": "c1", "name": "look", "arguments": "{}"},
                {"type": "function_call_output", "call_id": "c1", "output": "x"},
            ]
        ),
    ],
    ids=["chat", "chat with internal context", "messages", "responses"],
)
def test_a_tools_result_after_the_last_turn_is_a_loop(found: Speech) -> None:
    assert (found.turns, found.in_tool_loop) == (("Hello",), True)


def test_a_turn_after_a_tools_result_ends_the_loop() -> None:
    result = {"role": "tool", "tool_call_id": "call_1", "content": "x"}
    called = {"role": "assistant", "content": None, "tool_calls": [CALL]}
    found = chat(QUESTION, called, result, {"role": "user", "content": "Thanks"})
    assert (found.turns, found.in_tool_loop) == (("Hello", "Thanks"), False)


def test_a_text_alone_is_a_turn_of_responses() -> None:
    assert responses("Hello").turns == ("Hello",)


def test_a_loop_has_the_mark_of_the_turn_that_began_it() -> None:
    result = {"role": "tool", "tool_call_id": "call_1", "content": "x"}
    called = {"role": "assistant", "content": None, "tool_calls": [CALL]}
    dated = {"role": "user", "content": "[Fri 2026-11-20 18:19 UTC] Hello"}
    assert chat(QUESTION).mark() == chat(QUESTION, called, result).mark()
    assert chat(QUESTION).mark() != chat(QUESTION, called, result, {"role": "user", "content": "More"}).mark()
    assert chat(QUESTION, dated).mark() == chat(QUESTION, called, result, dated).mark()


def test_a_conversation_is_known_by_its_first_turn_whatever_is_wrapped_around_it() -> None:
    newest = {"role": "user", "content": "[Fri 2026-11-20 18:19 UTC] Hello\n\nRuntime: name=Ava | model=router/router"}
    later = [{"role": "user", "content": "[Fri 2026-11-20 18:19 UTC] Hello"}, {"role": "user", "content": "Why?"}]
    assert chat(newest).first == chat(*later).first
    assert chat(newest).first != chat({"role": "user", "content": "Good morning"}).first


JSON = st.recursive(
    st.none() | st.booleans() | st.text() | st.integers(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["type", "text", "content", "role"]), inner, max_size=4)
    ),
    max_leaves=8,
)


@given(content=JSON, role=st.sampled_from(["user", "tool", "assistant", "", "system"]))
def test_nothing_a_caller_can_send_makes_it_fail(content: Any, role: str) -> None:
    for surface in (Surface.CHAT, Surface.MESSAGES):
        fields = {"messages": [{"role": role, "content": content}], "max_tokens": 1}
        request = ModelRequest(surface, b"", fields, "router", stream=False, wants_usage=False)
        assert isinstance(speech_of(request).mark(), bytes)
    request = ModelRequest(Surface.RESPONSES, b"", {"input": content}, "router", stream=False, wants_usage=False)
    assert isinstance(speech_of(request).turns, tuple)
