import json
from typing import Any

from tests.support.conformance import PLAIN_CHATS, TRANSLATED, Bench, Case, Way, over
from tests.support.event_stream import events_in
from tests.support.messages_script import block_events
from tests.support.scripted_upstream import Reply, answer, delta, event, stream

THOUGHT = {"type": "thinking", "thinking": "Let me see.", "signature": "c2lnbmVk"}


@over(PLAIN_CHATS)
async def test_what_a_model_thinks_passes_as_the_provider_says_it(case: Case) -> None:
    message = {"role": "assistant", "content": "4", "reasoning_content": "2+2", "reasoning_details": [{"type": "x"}]}
    choices = [{"index": 0, "message": message, "finish_reason": "stop"}]
    reply = answer(choices=choices)
    case.play(reply)
    response = await case.ask()
    assert response.content == reply.pieces[0]


@over(PLAIN_CHATS)
async def test_what_a_model_thinks_in_a_stream_passes_and_begins_the_answer(case: Case) -> None:
    thoughts = [
        delta() | {"choices": [{"index": 0, "delta": {name: "hmm"}, "finish_reason": None}]}
        for name in ("reasoning_content", "reasoning")
    ]
    sent = [*map(event, thoughts), *case.way.wire.events("4", counts=None)]
    case.play(stream(*sent))
    response = await case.ask(stream=True)
    assert response.content == b"".join(sent)


@over(TRANSLATED)
async def test_what_a_model_thinks_is_translated_and_can_be_sent_back(case: Case) -> None:
    whole = json.loads(case.way.wire.answer("4").pieces[0])  # type: ignore[arg-type]
    whole["content"] = [THOUGHT, {"type": "redacted_thinking", "data": "cmVk"}, *whole["content"]]
    case.play(Reply(pieces=(json.dumps(whole).encode(),)))
    message: dict[str, Any] = (await case.ask()).json()["choices"][0]["message"]
    assert (message["content"], message["reasoning_content"]) == ("4", "Let me see.")
    await case.ask(messages=[{"role": "user", "content": "2+2"}, message, {"role": "user", "content": "And 3+3?"}])
    sent = case.line.received[1].json["messages"][1]["content"]
    assert sent == [THOUGHT, {"type": "redacted_thinking", "data": "cmVk"}, {"type": "text", "text": "4"}]


@over(TRANSLATED)
async def test_what_a_model_thinks_in_a_stream_is_translated_with_its_signature(case: Case) -> None:
    events = case.way.wire.events("4")
    opening, rest = events[:2], events[2:]
    thinking = block_events(
        0,
        {"type": "thinking", "thinking": "", "signature": ""},
        {"type": "thinking_delta", "thinking": "Let me "},
        {"type": "thinking_delta", "thinking": "see."},
        {"type": "signature_delta", "signature": "c2lnbmVk"},
    )
    moved = [sent.replace(b'"index": 0', b'"index": 1') for sent in rest]
    case.play(stream(*opening, *thinking, *moved))
    response = await case.ask(stream=True)
    deltas = [choice["delta"] for told in events_in(response.content) for choice in told.fields.get("choices", ())]
    assert "".join(change.get("reasoning_content") or "" for change in deltas) == "Let me see."
    assert [change["thinking_blocks"] for change in deltas if "thinking_blocks" in change] == [[THOUGHT]]
    assert case.way.caller.heard(response.content).text == "4"


@over(PLAIN_CHATS)
async def test_thoughts_that_are_sent_back_reach_the_provider(case: Case) -> None:
    said = {"role": "assistant", "content": "4", "reasoning_content": "2+2", "reasoning_details": [{"type": "x"}]}
    user = {"role": "user", "content": "And 3+3?"}
    await case.ask(messages=[user, said, user], reasoning_effort="low")
    sent = case.line.received[0].json
    assert (sent["messages"], sent["reasoning_effort"]) == ([user, said, user], "low")


@over(TRANSLATED)
async def test_the_effort_that_is_asked_for_becomes_thinking(router: Bench, way: Way) -> None:
    case = await router.case(way, model="claude-sonnet-4-5")
    await case.ask(reasoning_effort="low", max_tokens=10_000)
    thinking = case.line.received[0].json["thinking"]
    assert (thinking["type"], 1024 <= thinking["budget_tokens"] < 10_000) == ("enabled", True)
