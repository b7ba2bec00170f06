import asyncio
import time

import pytest

from tests.router.services.limiting.gates import until
from vutler_router.services.limiting.watch import Watch

PERIOD = 0.05


@pytest.fixture
async def told() -> list[float]:
    return []


@pytest.fixture
async def watch(told: list[float]) -> Watch:
    return Watch(PERIOD, lambda: told.append(time.monotonic()))


async def test_a_call_without_an_answer_is_told_after_a_period(watch: Watch, told: list[float]) -> None:
    begun = time.monotonic()
    watch.begin()
    await until(lambda: bool(told))
    watch.end()
    assert PERIOD <= told[0] - begun < 3 * PERIOD


async def test_a_database_that_answers_is_waited_for_but_not_for_ever(watch: Watch, told: list[float]) -> None:
    begun = time.monotonic()
    watch.begin()
    while not told:
        watch.call_over()
        await asyncio.sleep(PERIOD / 5)
    watch.end()
    assert told[0] - begun > 6 * PERIOD


async def test_rounds_that_end_may_go_on_as_long_as_they_like(watch: Watch, told: list[float]) -> None:
    end = time.monotonic() + 12 * PERIOD
    watch.begin()
    while time.monotonic() < end:
        watch.round_over()
        await asyncio.sleep(PERIOD / 5)
    watch.end()
    assert told == []


async def test_a_process_that_stood_still_itself_blames_nobody(watch: Watch, told: list[float]) -> None:
    watch.begin()
    time.sleep(3 * PERIOD)  # noqa: ASYNC251 - this is what it is about
    await asyncio.sleep(0)
    watch.call_over()
    await asyncio.sleep(PERIOD / 2)
    watch.end()
    assert told == []


async def test_nothing_is_told_when_no_round_is_under_way(watch: Watch, told: list[float]) -> None:
    watch.begin()
    watch.end()
    await asyncio.sleep(3 * PERIOD)
    assert told == []
