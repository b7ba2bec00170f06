import asyncio
import time

from vutler_operator.reconcile.queue import Backlog, Backoff, Held, WorkQueue
from vutler_operator.resources.objects import ObjectRef

A, B, C = (ObjectRef("Agent", "team-a", name) for name in "abc")


def test_a_key_waits_only_once() -> None:
    backlog = Backlog()
    for key in (A, B, A, A):
        backlog.add(key)

    assert [backlog.take(0), backlog.take(0), backlog.take(0)] == [A, B, None]


def test_a_key_that_is_worked_on_comes_back_after_it() -> None:
    backlog = Backlog()
    backlog.add(A)
    assert backlog.take(0) == A

    backlog.add(A)
    assert backlog.take(0) is None
    backlog.done(A)

    assert backlog.take(0) == A


def test_delayed_keys_come_at_their_time_the_earliest_of_each() -> None:
    backlog = Backlog()
    backlog.add_at(A, 10)
    backlog.add_at(B, 5)
    backlog.add_at(A, 3)

    assert backlog.next_time() == 3
    assert [backlog.take(2), backlog.take(3), backlog.take(3), backlog.take(5)] == [None, A, None, B]
    backlog.done(A)
    assert backlog.take(10) is None


def test_idle_means_nothing_ready_and_nothing_running() -> None:
    backlog = Backlog()
    backlog.add_at(B, 100)
    backlog.add(A)
    assert not backlog.is_idle()
    backlog.take(0)
    assert not backlog.is_idle()
    backlog.done(A)
    assert backlog.is_idle()


def test_failures_wait_twice_as_long_each_time_up_to_a_limit() -> None:
    backoff = Backoff(base_seconds=1, cap_seconds=8, jitter=lambda: 1.0)

    assert [backoff.fail(A) for _ in range(5)] == [1, 2, 4, 8, 8]
    assert backoff.fail(B) == 1
    backoff.succeed(A)
    assert backoff.fail(A) == 1


def test_jitter_shortens_by_half_at_most() -> None:
    assert Backoff(base_seconds=1, jitter=lambda: 0.0).fail(A) == 0.5


async def test_workers_share_the_keys_and_wait_for_new_ones() -> None:
    queue = WorkQueue(time.monotonic)
    waiting = [asyncio.create_task(queue.take()) for _ in range(2)]
    await asyncio.sleep(0)

    queue.add(A)
    queue.add_after(B, 0.01)

    async with asyncio.timeout(5):
        assert {await task for task in waiting} == {A, B}


async def test_drained_waits_for_the_work_in_progress() -> None:
    queue = WorkQueue(time.monotonic)
    queue.add(A)
    key = await queue.take()
    drained = asyncio.create_task(queue.drained())
    await asyncio.sleep(0)
    assert not drained.done()

    queue.done(key)

    async with asyncio.timeout(5):
        await drained


def test_held_keys_come_with_the_release() -> None:
    added: list[ObjectRef] = []
    model = ObjectRef("LLMConfig", "team-a", "default")
    held = Held("LLMConfig", added.append)
    held.add(model)
    held.add(A)
    assert added == [A]

    held.release()
    held.add(model)

    assert added == [A, model, model]
