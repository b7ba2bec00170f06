import base64
import json

from tests.support.chat_script import ChatDialect
from tests.support.conformance import CHAT, CHATS, Bench, Case, Way, over
from tests.support.dialects import Call
from tests.support.messages_script import MessagesDialect
from tests.support.scripted_upstream import stream

CALLS = (
    Call("toolu_01-Paris", "weather", json.dumps({"city": "Paris", "deep": {"list": [1, None, "é"]}})),
    Call("callB0002", "weather", json.dumps({"city": "東京"})),
    Call("call_3", "clock", "{}"),
)
TOOLS = [
    {"type": "function", "function": {"name": name, "parameters": {"type": "object", "properties": {}}}}
    for name in ("weather", "clock")
]
PIXEL = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(range(60))).decode()
SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}


def spelt(*calls: Call) -> list[dict[str, object]]:
    return [
        {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
        for call in calls
    ]


def understood(calls: tuple[Call, ...]) -> list[tuple[str, str, object]]:
    return [(call.id, call.name, json.loads(call.arguments)) for call in calls]


def wire_of(way: Way) -> ChatDialect | MessagesDialect:
    wire = way.wire
    assert isinstance(wire, ChatDialect | MessagesDialect)
    return wire


@over(CHATS)
async def test_parallel_calls_of_a_whole_answer_reach_the_caller(case: Case) -> None:
    case.play(wire_of(case.way).calling(*CALLS))
    response = await case.ask(tools=TOOLS)
    choice = response.json()["choices"][0]
    assert understood(CHAT.calls_of(response.json())) == understood(CALLS)
    assert (choice["finish_reason"], choice["message"]["content"]) == ("tool_calls", None)


@over(CHATS)
async def test_parallel_calls_of_a_stream_reach_the_caller(case: Case) -> None:
    case.play(stream(*wire_of(case.way).calling_events(*CALLS)))
    heard = await case.stream(tools=TOOLS)
    assert understood(heard.calls) == understood(CALLS)
    assert (heard.whole, heard.error) == (True, None)


@over(CHATS)
async def test_calls_and_their_results_find_each_other(case: Case) -> None:
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Weather and time?"},
        {"role": "assistant", "content": None, "tool_calls": spelt(*CALLS)},
        *({"role": "tool", "tool_call_id": call.id, "content": f"result of {call.id}"} for call in CALLS),
    ]
    response = await case.ask(messages=messages, tools=TOOLS)
    assert response.status_code == 200
    wire, sent = wire_of(case.way), case.line.received[0].json
    calls = wire.calls_in(sent)
    assert [(name, arguments) for _, name, arguments in understood(calls)] == [
        (name, arguments) for _, name, arguments in understood(CALLS)
    ]
    assert wire.results_in(sent) == [
        (sent_call.id, f"result of {call.id}") for sent_call, call in zip(calls, CALLS, strict=True)
    ]
    for sent_call, call in zip(calls, CALLS, strict=True):
        if case.way.definition.short_tool_ids:
            assert (len(sent_call.id), sent_call.id.isalnum()) == (9, True)
        else:
            assert sent_call.id == call.id


@over(CHATS)
async def test_ids_that_a_provider_gave_come_back_to_it_as_they_were(case: Case) -> None:
    wire = wire_of(case.way)
    own = Call("aB3xY9kL2" if case.way.definition.short_tool_ids else "toolu_01Ab-c", "clock", "{}")
    case.play(wire.calling(own), wire.answer())
    (heard,) = CHAT.calls_of((await case.ask(tools=TOOLS)).json())
    messages = [
        {"role": "user", "content": "Time?"},
        {"role": "assistant", "content": None, "tool_calls": spelt(heard)},
        {"role": "tool", "tool_call_id": heard.id, "content": "noon"},
    ]
    await case.ask(messages=messages, tools=TOOLS)
    sent = case.line.received[1].json
    assert [call.id for call in wire.calls_in(sent)] == [own.id]
    assert wire.results_in(sent) == [(own.id, "noon")]


@over(CHATS)
async def test_a_picture_reaches_the_provider_unharmed(case: Case) -> None:
    parts = [
        {"type": "text", "text": "What is this?"},
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}", "detail": "low"}},
    ]
    response = await case.ask(messages=[{"role": "user", "content": parts}])
    assert response.status_code == 200
    assert wire_of(case.way).images_in(case.line.received[0].json) == [("image/png", PIXEL)]


@over(CHATS)
async def test_a_schema_for_the_answer_reaches_the_provider(router: Bench, way: Way) -> None:
    case = await router.case(way, model="claude-sonnet-4-5" if way.wire is not CHAT else "scripted")
    form = {"type": "json_schema", "json_schema": {"name": "place", "strict": True, "schema": SCHEMA}}
    response = await case.ask(response_format=form)
    assert response.status_code == 200, response.text
    assert wire_of(way).schema_in(case.line.received[0].json) == SCHEMA


@over(CHATS)
async def test_an_empty_list_of_tools_is_as_good_as_none(case: Case) -> None:
    response = await case.ask(tools=[], tool_choice="auto", parallel_tool_calls=True)
    sent = case.line.received[0].json
    assert response.status_code == 200
    assert not {"tools", "tool_choice", "parallel_tool_calls"} & sent.keys()


@over(CHATS)
async def test_the_length_of_an_answer_is_limited_by_a_name_the_provider_knows(case: Case) -> None:
    await case.ask(max_tokens=77)
    await case.ask(max_completion_tokens=77)
    known = case.way.definition.max_tokens_field or ("max_tokens" if case.way.wire is not CHAT else None)
    told = [
        {name: value for name, value in request.json.items() if name.startswith("max_")}
        for request in case.line.received
    ]
    assert told == ([{known: 77}] * 2 if known else [{"max_tokens": 77}, {"max_completion_tokens": 77}])
