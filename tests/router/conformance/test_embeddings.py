import json

import pytest

from tests.support.conformance import CHAT, PROVIDERS, Bench, Way, way_to
from tests.support.scripted_upstream import Reply
from vutler_router.providers.definitions import DEFINITIONS
from vutler_router.providers.surfaces import Surface
from vutler_router.settings import ProviderName

OFFERING = [Way(name, CHAT, CHAT) for name in PROVIDERS if Surface.EMBEDDINGS in DEFINITIONS[name].paths]
MISSING = [
    (name, surface)
    for name in PROVIDERS
    for surface in (Surface.EMBEDDINGS, Surface.RESPONSES, Surface.MESSAGES)
    if surface not in DEFINITIONS[name].paths
]
VECTORS = {
    "object": "list",
    "data": [{"object": "embedding", "index": 0, "embedding": [0.1, -2.5e-7]}],
    "model": "scripted-1",
    "usage": {"prompt_tokens": 9, "total_tokens": 9},
}
PATH = Surface.EMBEDDINGS.value


@pytest.mark.parametrize("way", OFFERING, ids=lambda way: way.provider)
async def test_embeddings_pass_byte_for_byte_and_are_metered_as_input_alone(router: Bench, way: Way) -> None:
    case = await router.case(way)
    body = json.dumps(VECTORS, indent=1).encode()
    case.play(Reply(pieces=(body,)))
    response = await case.bench.http.post(
        PATH, json={"model": "router", "input": ["Hello"], "vendor": [None]}, headers=case.own
    )
    assert (response.status_code, response.content) == (200, body)
    sent = case.line.received[0]
    assert sent.path == f"/{way.provider}{way.definition.paths[Surface.EMBEDDINGS]}"
    own = {"model": case.models[0], "input": ["Hello"], "vendor": [None]}
    assert sent.json == {**way.definition.defaults, **own}
    (row,) = await case.rows()
    assert (row["tokens_input"], row["tokens_output"], row["usage_source"], row["status"]) == (9, 0, "provider", "ok")


@pytest.mark.parametrize("way", OFFERING, ids=lambda way: way.provider)
async def test_embeddings_without_counts_are_estimated(router: Bench, way: Way) -> None:
    case = await router.case(way)
    case.play(Reply(pieces=(json.dumps({**VECTORS, "usage": None}).encode(),)))
    await case.bench.http.post(PATH, json={"input": "sixteen letters!"}, headers=case.own)
    (row,) = await case.rows()
    assert (row["tokens_input"], row["tokens_output"], row["usage_source"]) == (4, 0, "estimated")


@pytest.mark.parametrize("way", OFFERING, ids=lambda way: way.provider)
async def test_embeddings_that_are_none_are_an_outage(router: Bench, way: Way) -> None:
    case = await router.case(way)
    case.play(Reply(pieces=(b'{"object": "list"}',)))
    response = await case.bench.http.post(PATH, json={"input": "Hello"}, headers=case.own)
    assert (response.status_code, case.calls) == (503, 2)


@pytest.mark.parametrize(("name", "surface"), MISSING)
async def test_what_a_provider_does_not_offer_is_refused_and_nobody_asked(
    router: Bench, name: ProviderName, surface: Surface
) -> None:
    case = await router.case(way_to(name))
    body = {"input": "Hello", "messages": [{"role": "user", "content": "Hello"}], "max_tokens": 5}
    response = await case.bench.http.post(surface, json=body, headers=case.own)
    error = response.json()["error"]
    assert (response.status_code, error["code"], error["param"]) == (400, "unsupported_by_provider", "model")
    assert "/v1/chat/completions" in error["message"]
    assert case.calls == 0


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "input"),
        ({"input": ""}, "input"),
        ({"input": []}, "input"),
        ({"input": 7}, "input"),
        ({"input": "a", "dimensions": "x"}, "dimensions"),
    ],
)
async def test_a_wrong_request_for_embeddings_is_refused_by_name(
    router: Bench, body: dict[str, object], param: str
) -> None:
    case = await router.case(OFFERING[0])
    response = await case.bench.http.post(PATH, json=body, headers=case.own)
    assert (response.status_code, response.json()["error"]["param"], case.calls) == (400, param, 0)
