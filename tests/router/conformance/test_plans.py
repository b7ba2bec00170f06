"""Agents on the platform's plans: several keys a provider, and nothing of one agent within another's reach."""

import itertools
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.router.conformance.conftest import free_port
from tests.support.conformance import CHATS, RESPONSES, WAYS, Bench, Case, Way, bench, over
from tests.support.scripted_upstream import ScriptedUpstream, stream
from vutler_router.settings import KEYLESS, MANAGEABLE

KEYED = MANAGEABLE - KEYLESS
MANAGED = [way for way in CHATS if way.provider in KEYED]
MANAGED_RESPONSES = [way for way in WAYS if way.caller is RESPONSES and way.provider in KEYED]
KEYS = ("sk-first-of-the-platform-0123456789", "sk-second-of-the-platform-9876543210")
PLANS = 20
_numbers = itertools.count()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def router(tmp_path_factory: pytest.TempPathFactory, upstream: ScriptedUpstream) -> AsyncIterator[Bench]:
    folder = tmp_path_factory.mktemp("plans")
    tiers = [plan(provider, number) for provider in sorted(KEYED) for number in range(PLANS)]
    (folder / "tiers.json").write_text(json.dumps({"tiers": tiers}))
    keys = {f"MANAGED_LLM_KEY_{provider.upper()}": ",".join(KEYS) for provider in KEYED}
    settings = {"TIERS_FILE": str(folder / "tiers.json"), **keys}
    async with bench(folder, upstream, free_port(), **settings) as running:
        yield running


def plan(provider: str, number: int) -> dict[str, object]:
    models = [f"{provider}/managed-{provider}-{number}", f"{provider}/spare-{provider}-{number}"]
    return {
        "id": f"{provider}-{number}",
        "name": "Plan",
        "price_monthly": 5,
        "included_tokens": 1000,
        "overage_per_million": 2,
        "models": models,
    }


async def subscriber(router: Bench, way: Way) -> Case:
    """Return an agent on a plan of its own, with two models of the provider."""
    case, number = await router.case(way), next(_numbers) % PLANS
    tier = f"{way.provider}-{number}"
    await router.put(case, {"managed": True, "tier": tier})
    case.models = [f"managed-{tier}", f"spare-{tier}"]
    case.lines = [router.upstream.line(model) for model in case.models]
    for line in case.lines:
        line.received.clear()
        line.play(way.wire.answer())
    return case


def keys_used(case: Case) -> list[str]:
    names = ("authorization", "x-api-key")
    used = [request.headers.get(name, "") for line in case.lines for request in line.received for name in names]
    return [key.removeprefix("Bearer ") for key in used if key]


@pytest.mark.parametrize("status", [401, 402, 403, 429])
@over(MANAGED)
async def test_the_next_key_is_tried_where_one_is_at_fault(router: Bench, way: Way, status: int) -> None:
    case = await subscriber(router, way)
    case.play(way.wire.failure(status), way.wire.answer("second key"))
    response = await case.ask()
    assert (response.status_code, response.headers["x-vutler-attempts"]) == (200, "2")
    assert keys_used(case) == list(KEYS)
    (row,) = await case.rows()
    assert (row["tier"], row["model"]) == (f"{case.models[0].removeprefix('managed-')}", case.models[0])


@over(MANAGED)
async def test_the_next_model_is_tried_where_a_provider_is_at_fault(router: Bench, way: Way) -> None:
    case = await subscriber(router, way)
    case.play(way.wire.failure(500))
    response = await case.ask()
    assert (response.status_code, response.headers["x-vutler-model"]) == (200, case.models[1])
    assert [len(line.received) for line in case.lines] == [1, 1]


@over(MANAGED)
async def test_the_next_key_answers_a_stream_too(router: Bench, way: Way) -> None:
    case = await subscriber(router, way)
    case.play(way.wire.failure(429), stream(*way.wire.events("second key")))
    assert (await case.stream()).text == "second key"
    assert keys_used(case) == list(KEYS)


@over(MANAGED)
async def test_a_key_of_the_platform_that_a_provider_repeats_reaches_nobody(router: Bench, way: Way) -> None:
    case = await subscriber(router, way)
    for line in case.lines:
        line.play(*(way.wire.failure(401, f"bad key {key}") for key in KEYS))
    response = await case.ask()
    assert keys_used(case) == [*KEYS, *KEYS]
    assert not [key for key in KEYS if key in response.text + router.log + str(await case.breakers())]


@pytest.mark.parametrize("name", ["previous_response_id", "conversation"])
@over(MANAGED_RESPONSES)
async def test_what_is_stored_under_a_shared_key_cannot_be_referred_to(router: Bench, way: Way, name: str) -> None:
    case = await subscriber(router, way)
    reference: dict[str, Any] = {name: "resp_of_somebody_else"}
    response = await case.ask(**reference)
    error = response.json()["error"]
    assert (response.status_code, error["param"], case.calls) == (400, name, 0)


@over(MANAGED_RESPONSES)
async def test_nothing_is_stored_under_a_shared_key(router: Bench, way: Way) -> None:
    case = await subscriber(router, way)
    await case.ask(store=True)
    assert case.line.received[0].json["store"] is False
