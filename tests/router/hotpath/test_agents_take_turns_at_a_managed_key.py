import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from tests.support.running_router import RunningRouter, running_router
from tests.support.scripted_upstream import ScriptedUpstream, answer, failure, stream, told
from vutler_router.settings import ProviderName

SOON = 5.0
KEYS = (SecretStr("minimax-key-one-0001"), SecretStr("minimax-key-two-0002"))


@contextlib.asynccontextmanager
async def platform(
    folder: Path, upstream: ScriptedUpstream, *, rpm: int | None, keys: int = 1, **settings: Any
) -> AsyncIterator[RunningRouter]:
    """Run a router whose plans are answered by the scripted upstream, so and so often a minute."""
    rates = {} if rpm is None else {ProviderName.MINIMAX: rpm}
    async with running_router(
        folder,
        upstream,
        provider_urls={ProviderName.MINIMAX: upstream.url},
        managed_keys={ProviderName.MINIMAX: KEYS[:keys]},
        managed_rates=rates,
        **settings,
    ) as router:
        yield router


async def subscriber(router: RunningRouter, name: str) -> str:
    return await router.agent(f"team-a.{name}", managed=True, tier="economy")


async def say(router: RunningRouter, token: str, word: str) -> httpx.Response:
    return await router.chat(token, messages=[{"role": "user", "content": word}])


def heard(upstream: ScriptedUpstream) -> list[str]:
    return [request.json["messages"][0]["content"] for request in upstream.received]


async def waiting(router: RunningRouter) -> float:
    exposed = (await router.http.get("/metrics", headers=router.admin)).text
    families = {family.name: family for family in text_string_to_metric_families(exposed)}
    samples = families["vutler_queue_waiting"].samples
    return sum(sample.value for sample in samples if sample.labels == {"provider": "minimax"})


async def until_waiting(router: RunningRouter, count: int) -> None:
    async with asyncio.timeout(SOON):
        while await waiting(router) != count:  # noqa: ASYNC110 - a gauge tells nobody when it changes
            await asyncio.sleep(0.02)


async def test_a_quiet_agent_overtakes_the_crowds_of_noisy_ones(tmp_path: Path, upstream: ScriptedUpstream) -> None:
    async with platform(tmp_path, upstream, rpm=600) as router:
        tokens = [await subscriber(router, name) for name in ("noisy-0", "noisy-1", "quiet")]
        crowd = [asyncio.create_task(say(router, token, "noise")) for token in tokens[:2] for _ in range(50)]
        async with asyncio.timeout(4 * SOON):
            while await waiting(router) < 70:  # noqa: ASYNC110 - a gauge tells nobody when it changes
                await asyncio.sleep(0.02)
        overtaken = []
        for number in range(5):
            before = len(upstream.received)
            response = await say(router, tokens[2], f"quiet {number}")
            assert response.status_code == 200
            overtaken.append(heard(upstream).index(f"quiet {number}") - before)
        left = await waiting(router)
        for task in crowd:
            task.cancel()
        answers = await asyncio.gather(*crowd, return_exceptions=True)
    assert left > 30
    assert max(overtaken) <= 10, "two by right, and what went out before the router had read the request"
    assert {found.status_code for found in answers if isinstance(found, httpx.Response)} == {200}


async def test_a_line_that_is_full_is_refused_with_the_time_to_come_back(
    tmp_path: Path, upstream: ScriptedUpstream
) -> None:
    async with platform(tmp_path, upstream, rpm=60, max_concurrency=30) as router:
        noisy, quiet = await subscriber(router, "noisy"), await subscriber(router, "quiet")
        crowd = [asyncio.create_task(say(router, noisy, "noise")) for _ in range(4)]
        await until_waiting(router, 3)

        refused = await say(router, noisy, "one too many")

        assert (refused.status_code, refused.json()["error"]["code"]) == (429, "managed_keys_busy")
        assert 3 <= int(refused.headers["retry-after"]) <= 5
        assert (await say(router, quiet, "others may")).status_code == 200
        assert {response.status_code for response in await asyncio.gather(*crowd)} == {200}


async def test_a_caller_who_leaves_frees_the_place(tmp_path: Path, upstream: ScriptedUpstream) -> None:
    async with platform(tmp_path, upstream, rpm=60, max_concurrency=30) as router:
        token = await subscriber(router, "noisy")
        await say(router, token, "first")
        crowd = [asyncio.create_task(say(router, token, "leaves")) for _ in range(3)]
        await until_waiting(router, 3)

        for task in crowd:
            task.cancel()

        await until_waiting(router, 0)
        assert (await say(router, token, "stays")).status_code == 200
    assert heard(upstream) == ["first", "stays"]


async def test_all_keys_are_used_before_anybody_waits(tmp_path: Path, upstream: ScriptedUpstream) -> None:
    async with platform(tmp_path, upstream, rpm=60, keys=2) as router:
        token = await subscriber(router, "noisy")
        began = time.monotonic()
        for _ in range(2):
            assert (await say(router, token, "hello")).status_code == 200
        assert time.monotonic() - began < 0.9
    used = [request.headers["authorization"].removeprefix("Bearer ") for request in upstream.received]
    assert used == [key.get_secret_value() for key in KEYS]


async def test_a_stream_that_waits_is_not_silent(tmp_path: Path, upstream: ScriptedUpstream) -> None:
    upstream.play(answer(), streamed=stream(*told(["my", "turn"])))
    async with platform(tmp_path, upstream, rpm=60, keep_alive=0.2) as router:
        token = await subscriber(router, "noisy")
        await say(router, token, "first")
        response = await router.chat(token, stream=True)
    assert response.status_code == 200
    assert response.content.startswith(b":")
    assert response.content.endswith(b"".join(told(["my", "turn"], usage=False)))


async def test_a_refusal_of_the_provider_is_waited_out(tmp_path: Path, upstream: ScriptedUpstream) -> None:
    upstream.play(failure(429, retry_after="1"), answer())
    async with platform(tmp_path, upstream, rpm=None) as router:
        token = await subscriber(router, "noisy")
        response = await say(router, token, "hello")
        breakers = await router.http.get("/api/v1/breakers", headers=router.admin)
    assert (response.status_code, response.headers["x-vutler-attempts"]) == (200, "2")
    assert breakers.json()["breakers"] == []
    refused, answered = upstream.received
    assert 1.0 <= answered.at - refused.at < 2.0
