import base64
import json
from urllib.parse import quote

import pytest

from tests.support.conformance import MESSAGES, WAYS, Bench, Case, Way, at_once, outcomes, over
from tests.support.dialects import Trouble
from tests.support.scripted_upstream import Reply, stream
from vutler_router.providers.definitions import Auth


def echoes(key: str) -> dict[str, dict[str, object]]:
    """Return error objects that give the key away in every place there is."""
    return {
        "the message": {"message": f"Incorrect API key provided: {key}.", "type": "invalid_request_error"},
        "the parameter": {"message": "Wrong", "param": key, "type": "invalid_request_error"},
        "the code": {"message": "Wrong", "code": key, "type": "invalid_request_error"},
        "the type": {"message": "Wrong", "type": key},
        "a header's words": {"message": f"bad header Authorization: Bearer {key}"},
        "its spelling for addresses": {"message": f"GET /v1?key={quote(key, safe='')} failed"},
        "base64": {"message": f"token {base64.b64encode(key.encode()).decode()} refused"},
        "JSON in JSON": {"message": json.dumps({"error": {"message": json.dumps({"key": key})}})},
        "upper case": {"message": f"KEY {key.upper()} UNKNOWN"},
        "what a provider behind it said": {"message": "Provider error", "metadata": {"raw": f"bad key {key}"}},
        "a validation error": {"message": {"detail": [{"loc": ["header", key], "msg": f"bad {key}"}]}},
    }


@pytest.mark.parametrize("status", [400, 401, 500])
@at_once
async def test_a_key_that_a_provider_repeats_reaches_nobody(router: Bench, way: Way, status: int) -> None:
    async def outcome(name: str) -> bool:
        case = await router.case(way)
        key = case.keys[0]
        body = json.dumps({"type": "error", "error": echoes(key)[name]}).encode()
        headers = [
            ("content-type", "application/json"),
            ("x-key", key),
            ("set-cookie", f"key={key}"),
            ("retry-after", "30"),
        ]
        case.play(Reply(status, (body,), headers))
        response = await case.ask()
        shown = response.text + str(response.headers) + str(await case.breakers())
        encoded = base64.b64encode(key.encode()).decode()
        return key.lower() in shown.lower() or encoded in shown or key in router.log

    names = list(echoes(""))
    assert await outcomes(outcome, dict(zip(names, names, strict=True))) == dict.fromkeys(names, False)


@at_once
async def test_a_key_in_an_error_inside_a_good_answer_or_stream_reaches_nobody(router: Bench, way: Way) -> None:
    async def outcome(place: str) -> bool:
        case = await router.case(way)
        said = f"no luck with {case.keys[0]}"
        case.play(
            {
                "an answer": Reply(pieces=(way.wire.troubled(Trouble.OVERLOADED, said),)),
                "a first event": stream(way.wire.trouble(Trouble.OVERLOADED, said)),
                "a later event": stream(*way.wire.beginning("Hel"), way.wire.trouble(Trouble.OVERLOADED, said)),
            }[place]
        )
        response = await case.ask(stream=place != "an answer")
        assert "no luck with" in response.text
        return case.keys[0] in response.text + str(await case.breakers()) + router.log

    places = ["an answer", "a first event", "a later event"]
    assert await outcomes(outcome, dict(zip(places, places, strict=True))) == dict.fromkeys(places, False)


@at_once
async def test_a_provider_sees_its_own_key_in_its_own_header_and_nothing_of_the_caller(case: Case) -> None:
    foreign = {
        "cookie": "session=abc",
        "x-forwarded-for": "10.0.0.1",
        "x-custom": "1",
        "x-api-key": "sk-of-the-caller",
        "proxy-authorization": "Basic YTpi",
        "connection": "keep-alive, x-hop",
        "x-hop": "1",
        "te": "trailers",
        "openai-organization": "org-of-the-caller",
        "user-agent": "the-callers-own/1.0",
        "referer": "https://somewhere.example",
        "x-request-id": "chosen-by-the-caller",
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    }
    body = json.dumps(case.way.caller.request()).encode()
    response = await case.bench.http.post(case.way.caller.surface, content=body, headers={**case.own, **foreign})
    assert response.status_code == 200
    assert response.headers["x-request-id"] != "chosen-by-the-caller"
    sent = dict(case.line.received[0].headers)
    definition, key = case.way.definition, case.keys[0]
    expected = {"authorization": f"Bearer {key}"} if definition.auth is Auth.BEARER else {"x-api-key": key}
    technical = {"host", "accept", "accept-encoding", "content-length", "content-type", "user-agent"}
    assert {name: value for name, value in sent.items() if name not in technical} == {**definition.headers, **expected}
    assert sent["user-agent"] == "vutler-router"
    assert case.token not in str(case.line.received)


@over([way for way in WAYS if way.caller is MESSAGES])
async def test_a_caller_of_messages_chooses_the_version_of_the_dialect(case: Case) -> None:
    chosen = {"anthropic-version": "2024-10-22", "anthropic-beta": "a-2025-01-01,b-2025-02-02"}
    await case.send(json.dumps(case.way.caller.request()).encode(), **chosen)
    assert chosen.items() <= case.line.received[0].headers.items()


@over([way for way in WAYS if way.caller is not MESSAGES])
async def test_a_caller_of_another_dialect_chooses_no_version(case: Case) -> None:
    await case.send(json.dumps(case.way.caller.request()).encode(), **{"anthropic-version": "2024-10-22"})
    sent, own = case.line.received[0].headers, case.way.definition.headers
    assert sent.get("anthropic-version") == own.get("anthropic-version")


@at_once
async def test_nothing_of_a_providers_headers_reaches_the_caller(router: Bench, way: Way) -> None:
    case = await router.case(way)
    noise = [
        ("set-cookie", "a=b"),
        ("x-ratelimit-remaining", "7"),
        ("server", "secret"),
        ("x-own", "1"),
        ("location", "http://10.0.0.1"),
    ]
    whole = way.wire.answer()
    case.play(Reply(200, whole.pieces, [*whole.headers, *noise]))
    ours = {"date", "x-request-id"} | ({"request-id"} if way.caller is MESSAGES else set())
    told = {name for name in (await case.ask()).headers if not name.startswith("x-vutler-")}
    assert told == ours | {"content-type", "content-length"}
    case.play(Reply(200, way.wire.events("Hi"), [("content-type", "text/event-stream"), *noise], chunked=True))
    told = {name for name in (await case.ask(stream=True)).headers if not name.startswith("x-vutler-")}
    assert told == ours | {"content-type", "cache-control", "transfer-encoding"}


@at_once
async def test_an_event_that_only_looks_like_an_error_passes(case: Case) -> None:
    words = 'an "error": {"message": "in the text"}'
    case.play(stream(*case.way.wire.events(words)))
    heard = await case.stream()
    assert (heard.text, heard.error, heard.whole) == (words, None, True)
