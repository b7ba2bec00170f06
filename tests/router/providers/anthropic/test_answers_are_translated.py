import pytest
from openai.types.chat import ChatCompletion

from tests.router.providers.anthropic.requests import HELLO, WEATHER, result, translated
from vutler_router.domain.usage import TokenCounts
from vutler_router.providers.anthropic.messages import count_of_message
from vutler_router.providers.anthropic.to_chat import chat_answer

USAGE = {"input_tokens": 3, "output_tokens": 5, "cache_read_input_tokens": 2}
THOUGHT = {"type": "thinking", "thinking": "Bern, then.", "signature": "c2ln"}
HIDDEN = {"type": "redacted_thinking", "data": "b3BhcXVl"}
CALL = {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {"city": "Zürich"}}


def message(*content: object, stop_reason: str = "end_turn", **fields: object) -> dict[str, object]:
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-haiku-4-5",
        "content": list(content),
        "stop_reason": stop_reason,
        "usage": USAGE,
        **fields,
    }


def said(text: str) -> dict[str, str]:
    return {"type": "text", "text": text}


def test_text_becomes_a_chat_completion() -> None:
    answer = ChatCompletion.model_validate(chat_answer(message(said("Hel"), said("lo")), created=1_700_000_000))

    assert (answer.id, answer.model, answer.created) == ("msg_1", "claude-haiku-4-5", 1_700_000_000)
    assert answer.choices[0].message.content == "Hello"
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage is not None
    assert answer.usage.prompt_tokens == 5


def test_calls_carry_their_arguments_as_text() -> None:
    answer = chat_answer(message(CALL, {**CALL, "id": "toolu_2", "input": {}}, stop_reason="tool_use"), created=1)

    ChatCompletion.model_validate(answer)
    assert answer["choices"] == [
        {
            "index": 0,
            "finish_reason": "tool_calls",
            "logprobs": None,
            "message": {
                "role": "assistant",
                "content": None,
                "refusal": None,
                "tool_calls": [
                    {
                        "id": "toolu_1",
                        "type": "function",
                        "function": {"name": "weather", "arguments": '{"city":"Zürich"}'},
                    },
                    {"id": "toolu_2", "type": "function", "function": {"name": "weather", "arguments": "{}"}},
                ],
            },
        }
    ]


def test_thoughts_can_be_sent_back_as_they_came() -> None:
    answer = chat_answer(message(THOUGHT, HIDDEN, said("Hm."), CALL, stop_reason="tool_use"), created=1)
    choices = answer["choices"]
    assert isinstance(choices, list)
    spoken = choices[0]["message"]

    body = translated(HELLO, spoken, result("toolu_1"), tools=[WEATHER])

    assert spoken["reasoning_content"] == "Bern, then."
    assert body["messages"][1]["content"] == [THOUGHT, HIDDEN, said("Hm."), CALL]


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("pause_turn", "stop"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("tool_use", "tool_calls"),
        ("refusal", "content_filter"),
        ("something_new", "stop"),
    ],
)
def test_every_reason_to_stop_has_a_name(reason: str, expected: str) -> None:
    answer = ChatCompletion.model_validate(chat_answer(message(said("x"), stop_reason=reason), created=1))

    assert answer.choices[0].finish_reason == expected


def test_a_refusal_is_explained() -> None:
    details = {"type": "refusal", "category": "bio", "explanation": "Not this."}

    answer = ChatCompletion.model_validate(chat_answer(message(stop_reason="refusal", stop_details=details), created=1))

    assert answer.choices[0].message.refusal == "Not this."
    assert answer.choices[0].message.content == ""


def test_a_message_counts_its_tokens_and_its_text() -> None:
    count = count_of_message(message(THOUGHT, said("Hello")))

    assert count.usage == TokenCounts(input=5, output=5, cached_read=2)
    assert count.characters == 5
