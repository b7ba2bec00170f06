import json
from typing import Any

import pytest

from tests.support.conformance import CHATS, PLAIN_CHATS, SAME, TRANSLATED, Bench, Case, Way, at_once, outcomes, over
from tests.support.dialects import Dialect
from tests.support.scripted_upstream import ScriptedUpstream, stream

OVERFLOWS = [
    "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.",
    "prompt is too long: 210000 tokens > 200000 maximum",
    "Please reduce the length of the messages or completion.",
    "input length and max_tokens exceed context limit: 199000 + 8192 > 200000",
]
UNKNOWN: dict[str, Any] = {
    "vendor": {"deep": {"list": [1, 2.5, None, True, "é"], "empty": {}}},
    "null_field": None,
    "9": "a name of digits",
}


@over(SAME)
async def test_fields_that_nobody_here_knows_reach_the_provider_untouched(case: Case) -> None:
    await case.ask(**UNKNOWN)
    sent = case.line.received[0].json
    assert {name: sent[name] for name in UNKNOWN} == UNKNOWN
    assert case.way.wire.asked(sent) == "Hello"
    assert sent["model"] == case.models[0]


@over(SAME)
async def test_fields_inside_messages_that_nobody_here_knows_reach_the_provider(case: Case) -> None:
    messages: list[Any] = [
        {
            "role": "user",
            "content": [{"type": "text", "text": "Hi", "cache_control": {"type": "ephemeral"}}],
            "vendor": None,
        }
    ]
    named: dict[str, Any] = {"messages": messages} if "messages" in case.way.caller.request() else {"input": messages}
    await case.ask(**named)
    sent = case.line.received[0].json
    assert {name: sent[name] for name in named} == named


async def sent_unharmed(router: Bench, way: Way, number: str) -> bool:
    """Say whether a number that nobody here needs reaches the provider digit for digit."""
    case = await router.case(way)
    body = json.dumps(way.caller.request(seed=0)).replace('"seed": 0', f'"seed": {number}')
    response = await case.send(body.encode())
    assert response.status_code == 200, response.text
    sent = case.line.received[0].body.decode().replace(" ", "")
    return f'"seed":{number},' in sent or f'"seed":{number}}}' in sent


@over(SAME)
async def test_numbers_reach_the_provider_as_they_were(router: Bench, way: Way) -> None:
    numbers = ["9007199254740993", "18446744073709551615", "-9223372036854775808", "0.1", "1.0"]
    found = await outcomes(lambda number: sent_unharmed(router, way, number), dict(zip(numbers, numbers, strict=True)))
    assert found == dict.fromkeys(numbers, True)


@over(SAME)
async def test_a_number_of_more_than_64_bits_reaches_the_provider_as_it_was(router: Bench, way: Way) -> None:
    assert await sent_unharmed(router, way, "12345678901234567890123")


@over([way for way in SAME if not way.definition.defaults])
async def test_a_request_that_names_the_models_own_name_is_sent_byte_for_byte(router: Bench, way: Way) -> None:
    case = await router.case(way)
    body = json.dumps(way.caller.request(model=case.models[0], note="Gr\u00fc\u00dfe"), indent=3).encode()
    await case.send(body)
    assert case.line.received[0].body == body


@over(CHATS)
async def test_every_character_reaches_the_provider_and_comes_back(case: Case) -> None:
    text = 'tab\t quote" back\\ nul\u0000 line\u2028 emoji🗼 rtl\u202e é e\u0301'
    case.play(case.way.wire.answer(text))
    response = await case.ask(text)
    assert case.way.caller.text_of(response.json()) == text
    assert case.way.wire.asked(case.line.received[0].json) == text


CANNOT: dict[str, Any] = {
    "n": 2,
    "logprobs": True,
    "top_logprobs": 3,
    "logit_bias": {"50256": -100},
    "frequency_penalty": 0.5,
    "presence_penalty": 0.5,
    "audio": {"voice": "alloy", "format": "wav"},
    "functions": [{"name": "f"}],
    "modalities": ["text", "audio"],
    "web_search_options": {},
    "made_up": 1,
}


@over(TRANSLATED)
async def test_what_a_translated_provider_cannot_do_is_refused_by_name_and_nobody_asked(
    router: Bench, way: Way
) -> None:
    async def outcome(name: str) -> object:
        case = await router.case(way)
        response = await case.ask(**{name: CANNOT[name]})
        error = response.json()["error"]
        return response.status_code, error["param"], error["type"], case.calls, await case.breakers()

    expected: dict[str, object] = {name: (400, name, "invalid_request_error", 0, []) for name in CANNOT}
    assert await outcomes(outcome, {name: name for name in CANNOT}) == expected


@over(TRANSLATED)
async def test_the_next_model_answers_what_a_translated_provider_cannot_do(router: Bench, way: Way) -> None:
    case = await router.case(way, ways=[PLAIN_CHATS[0]])
    case.lines[1].play(PLAIN_CHATS[0].wire.answer("both"))
    response = await case.ask(n=2)
    assert (response.status_code, response.headers["x-vutler-attempts"], len(case.lines[0].received)) == (200, "1", 0)


@over(PLAIN_CHATS)
async def test_what_only_some_providers_cannot_do_is_theirs_to_refuse(case: Case) -> None:
    response = await case.ask(n=2, logprobs=True)
    sent = case.line.received[0].json
    assert (response.status_code, sent["n"], sent["logprobs"]) == (200, 2, True)


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
@at_once
async def test_a_conversation_that_is_too_long_is_no_outage(router: Bench, way: Way, *, streamed: bool) -> None:
    async def outcome(message: str) -> object:
        case = await router.case(way, links=2)
        case.play(way.wire.failure(400, message))
        answers = [await case.ask(stream=streamed) for _ in range(4)]
        said = {(answer.status_code, answer.json()["error"]["code"]) for answer in answers}
        return said, case.calls, await case.breakers()

    expected: dict[str, object] = dict.fromkeys(OVERFLOWS, ({(400, "context_length_exceeded")}, 4, []))
    assert await outcomes(outcome, dict(zip(OVERFLOWS, OVERFLOWS, strict=True))) == expected


@at_once
async def test_a_model_can_be_asked_for_by_name(pair: Case) -> None:
    second = pair.models[1]
    for name in (second, f"{pair.way.provider}/{second}"):
        assert (await pair.ask(model=name)).headers["x-vutler-model"] == second
    assert [len(line.received) for line in pair.lines] == [0, 2]
    assert {request.json["model"] for request in pair.lines[1].received} == {second}


@at_once
async def test_an_unknown_model_is_refused_with_the_names_there_are(pair: Case) -> None:
    response = await pair.ask(model="gpt-99")
    error = response.json()["error"]
    assert (response.status_code, error["code"], error["param"], pair.calls) == (404, "model_not_found", "model", 0)
    assert all(name in error["message"] for name in pair.models)


def other_dialect(way: Way) -> Way:
    return next(other for other in CHATS if other.wire is not way.wire)


def said(caller: Dialect, content: bytes) -> tuple[str, bool]:
    heard = caller.heard(content)
    return heard.text, heard.whole


@over(CHATS)
async def test_a_provider_of_another_dialect_answers_where_one_fails(router: Bench, way: Way) -> None:
    other = other_dialect(way)
    case = await router.case(way, ways=[other])
    case.lines[0].play(way.wire.failure(401))
    case.lines[1].play(other.wire.answer("whole"))
    whole = await case.ask()
    case.lines[1].play(stream(*other.wire.events("str", "eam")))
    streamed = await case.ask(stream=True)
    assert way.caller.text_of(whole.json()) == "whole"
    assert said(way.caller, streamed.content) == ("stream", True)
    assert {response.headers["x-vutler-provider"] for response in (whole, streamed)} == {other.provider}
    rows = await case.rows(2)
    assert [(row["provider"], row["tokens_input"], row["tokens_output"]) for row in rows] == [
        (other.provider, 11, 3)
    ] * 2


@at_once
async def test_default_parameters_fill_only_what_a_request_leaves_open(router: Bench, way: Way) -> None:
    case = await router.case(way, parameters={"temperature": 0.2, "max_tokens": 50})
    await case.ask()
    await case.ask(temperature=0.7)
    first, second = (request.json for request in case.line.received)
    assert (first["temperature"], second["temperature"]) == (0.2, 0.7)


async def test_the_scripts_of_two_models_are_kept_apart(upstream: ScriptedUpstream) -> None:
    assert upstream.line("one") is upstream.line("one")
    assert upstream.line("one") is not upstream.line("two")
