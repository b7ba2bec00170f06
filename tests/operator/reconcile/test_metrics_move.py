import pytest

from tests.operator.reconcile.objects import obj
from vutler_operator.errors import ClusterError, Conflict
from vutler_operator.reconcile.metrics import Metrics
from vutler_operator.reconcile.queue import Backoff, WorkQueue
from vutler_operator.reconcile.store import Store
from vutler_operator.reconcile.worker import Worker
from vutler_operator.resources.objects import ObjectRef

KEY = ObjectRef("Agent", "team-a", "ava")


class Failing:
    """A reconciler that fails as it is told."""

    def __init__(self, error: Exception | None) -> None:
        self.error = error

    async def reconcile(self, work: ObjectRef) -> None:
        self.seen = work
        if self.error is not None:
            raise self.error


@pytest.mark.parametrize(
    ("error", "counted", "next_time"),
    [
        (None, None, None),
        (ClusterError("x"), "ClusterError", 1.0),
        (ValueError("a bug"), "ValueError", 1.0),
        (Conflict("x"), None, 1.0),
    ],
)
async def test_each_reconcile_is_timed_and_its_failure_counted(
    error: Exception | None, counted: str | None, next_time: float | None
) -> None:
    metrics, queue = Metrics(), WorkQueue(lambda: 0.0)
    worker = Worker(queue, {"Agent": Failing(error)}, metrics, Backoff(base_seconds=1, jitter=lambda: 1.0))
    queue.add(KEY)

    await worker.work(await queue.take())

    text = metrics.render(Store()).decode()
    assert 'vutler_operator_reconcile_duration_seconds_count{kind="Agent"} 1.0' in text
    assert (f'reason="{counted}"' in text) is (counted is not None)
    assert queue._backlog.next_time() == next_time


def test_agents_are_counted_by_phase() -> None:
    metrics, store = Metrics(), Store()
    metrics.watch(lambda: 3, lambda: 1.5)
    store.put(obj("Agent", "a", status={"phase": "Running"}))
    store.put(obj("Agent", "b", status={"phase": "Running"}))
    store.put(obj("Agent", "c"))

    lines = metrics.render(store).decode().splitlines()

    assert 'vutler_operator_agents{phase="Running"} 2.0' in lines
    assert 'vutler_operator_agents{phase="Pending"} 1.0' in lines
    assert 'vutler_operator_agents{phase="Failed"} 0.0' in lines
    assert "vutler_operator_queue_depth 3.0" in lines
    assert "vutler_operator_router_sync_lag_seconds 1.5" in lines


def test_agents_beyond_their_plan_or_budget_are_counted() -> None:
    metrics, store = Metrics(), Store()
    for name, state in (("a", "False"), ("b", "True"), ("c", "False"), ("d", "Unknown")):
        conditions = [{"type": "Ready", "status": "False"}, {"type": "WithinFairUse", "status": state}]
        store.put(obj("Agent", name, status={"conditions": conditions}))
    store.put(obj("Agent", "e"))
    first = metrics.render(store).decode().splitlines()

    store.put(obj("Agent", "a", 2, status={"conditions": [{"type": "WithinFairUse", "status": "True"}]}))

    assert "vutler_operator_agents_over_plan 2.0" in first
    assert "vutler_operator_agents_over_plan 1.0" in metrics.render(store).decode().splitlines()
