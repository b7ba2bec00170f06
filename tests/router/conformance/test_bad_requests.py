"""What callers send that no provider ever sees; the same at every door."""

import gzip
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.support.conformance import WAYS, Bench, Case, Way, outcomes
from vutler_router.providers.surfaces import Surface

DOORS = [
    next(way for way in WAYS if way.caller.surface is surface)
    for surface in Surface
    if surface is not Surface.EMBEDDINGS
]
DEEP = 10_000
MEGABYTE = 1 << 20


@pytest.fixture(params=DOORS, ids=lambda way: way.caller.surface.rsplit("/", 1)[1])
def way(request: pytest.FixtureRequest) -> Way:
    """One way through each door: who the provider is does not matter here."""
    found: Way = request.param
    return found


@pytest_asyncio.fixture(loop_scope="session")
async def case(router: Bench, way: Way) -> Case:
    return await router.case(way)


def with_text(case: Case, text: bytes) -> bytes:
    return json.dumps(case.way.caller.request("TEXT")).encode().replace(b"TEXT", text)


@pytest.mark.parametrize(
    "body",
    [b"", b" ", b"{", b"null", b"[]", b'"text"', b"7", b"\xff\xfe{}", b"{'messages': []}", b'{"a": NaN}', b"[" * DEEP],
    ids=["empty", "blank", "open", "null", "array", "text", "number", "UTF-16", "quotes", "NaN", "open arrays"],
)
async def test_a_body_that_is_no_json_object_is_refused(case: Case, body: bytes) -> None:
    response = await case.send(body)
    assert (response.status_code, response.json()["error"]["code"], case.calls) == (400, "invalid_json", 0)
    assert response.headers["x-vutler-attempts"] == "0"


@pytest.mark.parametrize("text", [rb"\ud800", rb"\udc00\ud800", b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\x00", b"\n"])
async def test_text_that_is_none_is_refused(case: Case, text: bytes) -> None:
    response = await case.send(with_text(case, text))
    assert (response.status_code, response.json()["error"]["code"], case.calls) == (400, "invalid_json", 0)


async def test_a_body_nested_ten_thousand_deep_is_refused(case: Case) -> None:
    deep = b'{"a":' * DEEP + b"1" + b"}" * DEEP
    body = json.dumps(case.way.caller.request(deep="DEEP")).encode().replace(b'"DEEP"', deep)
    response = await case.send(body)
    assert (response.status_code, response.json()["error"]["code"], case.calls) == (400, "invalid_json", 0)


async def test_a_compressed_body_is_refused_and_not_read_as_anything_else(case: Case) -> None:
    body = gzip.compress(json.dumps(case.way.caller.request()).encode())
    response = await case.send(body, content_encoding="gzip", content_type="application/json")
    assert response.status_code in {400, 415}
    assert (response.json()["error"]["type"], case.calls) == ("invalid_request_error", 0)


async def pieces(content: bytes) -> AsyncIterator[bytes]:
    for at in range(0, len(content), MEGABYTE):
        yield content[at : at + MEGABYTE]


@pytest.mark.parametrize("declared", [True, False], ids=["declared", "in pieces"])
async def test_a_body_beyond_the_limit_is_refused(case: Case, *, declared: bool) -> None:
    large = with_text(case, b"x" * (21 * MEGABYTE))
    length = {"content_length": str(len(large))} if declared else {}
    response = await case.send(pieces(large), **length)
    assert (response.status_code, response.json()["error"]["code"], case.calls) == (413, "request_too_large", 0)


async def test_a_body_just_within_the_limit_is_answered(case: Case) -> None:
    response = await case.send(pieces(with_text(case, b"x" * (19 * MEGABYTE))))
    assert (response.status_code, case.calls) == (200, 1)


def without(body: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in names}


async def test_a_request_that_says_nothing_is_refused_by_the_fields_name(case: Case) -> None:
    name = "input" if "input" in case.way.caller.request() else "messages"
    found = {}
    for wrong, value in {"missing": None, "a number": 7, "an object": {"a": 1}}.items():
        body = without(case.way.caller.request(), name) | ({} if value is None else {name: value})
        response = await case.send(json.dumps(body).encode())
        found[wrong] = response.status_code, response.json()["error"]["param"]
    assert found == dict.fromkeys(found, (400, name))
    assert case.calls == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("model", 7),
        ("stream", "yes"),
        ("stream", 1),
        ("temperature", "hot"),
        ("temperature", True),
        ("top_p", []),
        ("tools", {}),
    ],
)
async def test_a_field_of_a_wrong_type_is_refused_by_name(case: Case, name: str, value: Any) -> None:
    response = await case.ask(**{name: value})
    error = response.json()["error"]
    assert (response.status_code, error["param"], error["type"]) == (400, name, "invalid_request_error")
    assert case.calls == 0


@pytest.mark.parametrize(
    ("messages", "param"),
    [
        ([], "messages"),
        (["Hello"], "messages[0]"),
        ([None], "messages[0]"),
        ([{"content": "Hello"}], "messages[0].role"),
        ([{"role": "king", "content": "Hello"}], "messages[0].role"),
        ([{"role": ["user"], "content": "Hello"}], "messages[0].role"),
        ([{"role": "user", "content": "Hi"}, {"role": "user", "content": 7}], "messages[1].content"),
        ([{"role": "user", "content": ["Hello"]}], "messages[0].content"),
    ],
)
@pytest.mark.parametrize("way", [way for way in DOORS if "messages" in way.caller.request()], ids=str)
async def test_a_malformed_message_is_refused_by_its_place(case: Case, messages: list[object], param: str) -> None:
    response = await case.ask(messages=messages)
    assert (response.status_code, response.json()["error"]["param"], case.calls) == (400, param, 0)


@pytest.mark.parametrize(
    "header",
    [
        {},
        {"authorization": "Bearer nobody"},
        {"authorization": "Basic YTpi"},
        {"authorization": ""},
        {"x-api-key": "nobody"},
    ],
)
async def test_a_stranger_is_refused(case: Case, header: dict[str, str]) -> None:
    response = await case.bench.http.post(case.way.caller.surface, json=case.way.caller.request(), headers=header)
    assert (response.status_code, response.json()["error"]["type"]) == (401, "authentication_error")
    assert (response.headers["www-authenticate"], case.calls) == ("Bearer", 0)


async def test_a_token_may_come_as_an_api_key(case: Case) -> None:
    headers = {"x-api-key": case.token}
    response = await case.bench.http.post(case.way.caller.surface, json=case.way.caller.request(), headers=headers)
    assert (response.status_code, case.calls) == (200, 1)
    assert case.token not in str(case.line.received)


async def test_the_bearer_token_wins_over_an_api_key(case: Case) -> None:
    headers = {"x-api-key": "sk-somebodys-own", **case.own}
    response = await case.bench.http.post(case.way.caller.surface, json=case.way.caller.request(), headers=headers)
    assert (response.status_code, case.calls) == (200, 1)


async def test_another_method_is_refused(case: Case) -> None:
    response = await case.bench.http.get(case.way.caller.surface, headers=case.own)
    assert (response.status_code, response.headers["allow"], case.calls) == (405, "POST", 0)


async def test_every_refusal_has_the_doors_own_shape(case: Case) -> None:
    case.play(case.way.wire.failure(503, headers=[("retry-after", "30")]))
    refusals = [
        await case.send(b"{"),
        await case.ask(model="gpt-99"),
        await case.ask(temperature="hot"),
        await case.ask(),
    ]
    assert [refusal.status_code for refusal in refusals] == [400, 404, 400, 503]
    for refusal in refusals:
        body = refusal.json()
        assert {"message", "type", "code", "param"} <= body["error"].keys()
        assert body.get("type") == ("error" if case.way.caller.surface is Surface.MESSAGES else None)
        assert (refusal.headers["content-type"], refusal.headers["x-request-id"][:4]) == ("application/json", "req_")


async def test_an_agent_without_a_model_learns_what_to_do(case: Case) -> None:
    created = await case.bench.http.post("/api/v1/agents", json={"id": f"{case.agent}-new"}, headers=case.bench.admin)
    own = {"authorization": f"Bearer {created.json()['token']}"}
    response = await case.bench.http.post(case.way.caller.surface, json=case.way.caller.request(), headers=own)
    assert (response.status_code, response.json()["error"]["code"]) == (400, "llm_not_configured")
    assert "/llm-config" in response.json()["error"]["message"]


async def test_requests_at_once_do_not_mix(case: Case) -> None:
    async def outcome(text: str) -> str:
        own = await case.bench.case(case.way)
        own.play(own.way.wire.answer(f"for {text}"))
        return own.way.caller.text_of((await own.ask(text)).json())

    texts = [f"caller {number}" for number in range(50)]
    assert await outcomes(outcome, dict(zip(texts, texts, strict=True))) == {text: f"for {text}" for text in texts}
