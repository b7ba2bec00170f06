import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.running_router import RunningRouter, running_router
from tests.support.scripted_upstream import Cut, ScriptedUpstream, answer, delta, event, stream
from vutler_router.settings import RoutingMode

MAPPING = {"category": "conversation", "models": ["gpt-4o-mini"], "comparison": {"model": "gpt-4.1", "percent": 40}}
SAID = [[{"role": "user", "content": f"Hello, my name is Anna number {number}!"}] for number in range(60)]
LONGER = {"prompt_tokens": 11, "completion_tokens": 9, "total_tokens": 20}


@pytest.fixture
async def comparing(tmp_path: Path, upstream: ScriptedUpstream) -> AsyncIterator[RunningRouter]:
    upstream.line("gpt-4.1").play(answer(usage=LONGER))
    async with running_router(tmp_path, upstream, routing_mode=RoutingMode.KEYWORDS) as running:
        mapped = await running.http.post("/config/model-mapping", json=MAPPING, headers=running.admin)
        assert mapped.status_code == 200
        yield running


async def models_of(router: RunningRouter, token: str, conversations: list[Any], **more: Any) -> list[str]:
    answers = await asyncio.gather(*(router.chat(token, messages=messages, **more) for messages in conversations))
    return [one.headers["x-vutler-model"] for one in answers]


async def compared(router: RunningRouter, path: str, rows: int) -> list[dict[str, Any]]:
    await router.rows(rows)
    response = await router.http.get(f"{path}?period=day", headers=router.admin)
    assert response.status_code == 200, response.text
    found: list[dict[str, Any]] = response.json()["comparisons"]
    return found


async def test_a_set_share_of_conversations_goes_to_the_second_model_and_stays_there(comparing: RunningRouter) -> None:
    token = await comparing.agent()
    models = await models_of(comparing, token, SAID)
    assert 12 <= models.count("gpt-4.1") <= 36, "about 40 per cent of 60"
    later = [
        [*messages, {"role": "assistant", "content": "Hi"}, {"role": "user", "content": "thanks"}] for messages in SAID
    ]
    assert await models_of(comparing, token, later) == models


async def test_both_halves_stand_side_by_side(comparing: RunningRouter) -> None:
    token = await comparing.agent()
    models = await models_of(comparing, token, SAID)
    for path in ("/api/v1/usage/comparison", "/api/v1/agents/team-a.ava/usage/comparison"):
        (found,) = await compared(comparing, path, len(SAID))
        first, second = found["variants"]
        assert (found["category"], first["variant"], second["variant"]) == ("conversation", "a", "b")
        assert (first["requests"], second["requests"]) == (models.count("gpt-4o-mini"), models.count("gpt-4.1"))
        assert (first["tokens_per_answer"], second["tokens_per_answer"]) == (3, 9)
        assert first["cost_per_request"] == pytest.approx(0.00000345)
        assert second["cost_per_request"] == pytest.approx(0.000094)
        assert (first["error_rate"], second["by_model"][0]["model"]) == (0, "gpt-4.1")


async def test_an_answer_that_broke_off_counts_as_an_error_of_its_half(
    comparing: RunningRouter, upstream: ScriptedUpstream
) -> None:
    token = await comparing.agent()
    models = await models_of(comparing, token, SAID[:20])
    conversation = SAID[models.index("gpt-4.1")]
    upstream.line("gpt-4.1").play(stream(event(delta()), event(delta("Hel")), Cut()))
    await models_of(comparing, token, [conversation], stream=True)
    (found,) = await compared(comparing, "/api/v1/usage/comparison", 21)
    assert [half["errors"] for half in found["variants"]] == [0, 1]
    assert found["variants"][1]["error_rate"] == pytest.approx(1 / (models.count("gpt-4.1") + 1))


async def test_what_is_not_compared_is_not_listed(comparing: RunningRouter) -> None:
    token = await comparing.agent()
    await comparing.chat(token, messages=[{"role": "user", "content": "Write a Python function that sorts a list."}])
    assert await compared(comparing, "/api/v1/usage/comparison", 1) == []
