import time
from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any

import pytest
from pydantic import JsonValue

from tests.operator.reconcile.objects import obj
from vutler_operator.errors import ClusterError, Conflict, RouterError, RouterUnreachable
from vutler_operator.reconcile.counted_router import CountedRouter
from vutler_operator.reconcile.metrics import Metrics
from vutler_operator.reconcile.queue import Backlog, Backoff, WorkQueue
from vutler_operator.reconcile.store import Store
from vutler_operator.reconcile.worker import Worker
from vutler_operator.resources.objects import ObjectRef
from vutler_operator.router_client import KeyTrouble, RouterRecord, UsageSummary

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
    ("error", "result", "counted", "next_time"),
    [
        (None, "success", None, None),
        (ClusterError("x"), "error", "ClusterError", 1.0),
        (ValueError("a bug"), "error", "ValueError", 1.0),
        (Conflict("x"), "conflict", None, 1.0),
    ],
)
async def test_each_reconcile_is_timed_and_its_failure_counted(
    error: Exception | None, result: str, counted: str | None, next_time: float | None
) -> None:
    metrics, queue = Metrics(), WorkQueue(lambda: 0.0)
    worker = Worker(queue, {"Agent": Failing(error)}, metrics, Backoff(base_seconds=1, jitter=lambda: 1.0))
    queue.add(KEY)

    await worker.work(await queue.take())

    text = metrics.render(Store()).decode()
    assert f'vutler_operator_reconcile_duration_seconds_count{{kind="Agent",result="{result}"}} 1.0' in text
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


def test_agents_that_are_not_ready_are_counted_by_reason_until_they_are() -> None:
    metrics, store = Metrics(), Store()
    store.put(obj("Agent", "a", status={"conditions": [not_ready("SecretNotFound")]}))
    store.put(obj("Agent", "b", status={"conditions": [not_ready("SecretNotFound")]}))
    store.put(obj("Agent", "c", status={"conditions": [{"type": "Ready", "status": "True", "reason": "AgentReady"}]}))
    first = metrics.render(store).decode()

    for name in ("a", "b"):
        store.remove(ObjectRef("Agent", "team-a", name), 9)

    assert 'vutler_operator_agents_not_ready{reason="SecretNotFound"} 2.0' in first
    assert "vutler_operator_agents_not_ready{" not in metrics.render(store).decode()


def not_ready(reason: str) -> dict[str, str]:
    return {"type": "Ready", "status": "False", "reason": reason}


def test_waiting_is_timed_from_when_an_object_could_have_been_taken() -> None:
    waits: list[float] = []
    backlog = Backlog(waits.append)
    backlog.add(KEY, 10.0)
    backlog.add(KEY, 11.0)
    backlog.take(12.5)
    backlog.add(KEY, 13.0)  # while it is being worked on
    backlog.done(KEY)
    backlog.take(14.0)
    backlog.done(KEY)
    backlog.add_at(KEY, 20.0)
    backlog.take(20.5)

    assert waits == [2.5, 1.0, 0.5]


class AnsweringRouter:
    """A router that answers as it is told."""

    def __init__(self) -> None:
        self.error: Exception | None = None

    async def list_agents(self) -> dict[str, RouterRecord]:
        return {} if self.error is None else self._fail()

    async def put_agent(self, identifier: str, record: Mapping[str, JsonValue]) -> None:
        if self.error is not None:
            self._fail(identifier, record)

    async def delete_agent(self, identifier: str) -> None:
        if self.error is not None:
            self._fail(identifier)

    async def usage(self) -> UsageSummary:
        return UsageSummary.model_validate({}) if self.error is None else self._fail()

    async def key_troubles(self) -> tuple[KeyTrouble, ...]:
        return () if self.error is None else self._fail()

    def _fail(self, *_: object) -> Any:
        assert self.error is not None
        raise self.error


@pytest.mark.parametrize(
    ("error", "result"), [(None, "ok"), (RouterError("no"), "refused"), (RouterUnreachable("later"), "unreachable")]
)
async def test_requests_to_the_router_are_counted_by_operation_and_result(error: Exception | None, result: str) -> None:
    metrics, router = Metrics(), AnsweringRouter()
    counted, router.error = CountedRouter(router, metrics.router_seconds), error
    for call in (counted.list_agents(), counted.usage(), counted.put_agent("a.b", {}), counted.delete_agent("a.b")):
        with nullcontext() if error is None else pytest.raises(type(error)):
            await call

    lines = metrics.render(Store()).decode().splitlines()
    for operation in ("list", "usage", "put", "delete"):
        labels = f'operation="{operation}",result="{result}"'
        assert f"vutler_operator_router_request_duration_seconds_count{{{labels}}} 1.0" in lines


def test_a_scrape_of_a_thousand_agents_costs_next_to_nothing() -> None:
    metrics, store = Metrics(), Store()
    conditions = [{**not_ready("SecretNotFound"), "type": f"Type{number}", "message": "x" * 200} for number in range(6)]
    for number in range(1000):
        spec = {"systemPrompt": "x" * 4000}
        store.put(obj("Agent", f"agent-{number}", spec=spec, status={"phase": "Running", "conditions": conditions}))
    metrics.render(store)

    took = min(timed(metrics, store) for _ in range(5))

    assert took < 0.02


def timed(metrics: Metrics, store: Store) -> float:
    started = time.perf_counter()
    metrics.render(store)
    return time.perf_counter() - started


def test_the_process_says_what_it_is_and_what_it_takes() -> None:
    text = Metrics().render(Store()).decode()

    for name in ("process_resident_memory_bytes ", "process_cpu_seconds_total ", "python_info{"):
        assert f"\n{name}" in text
    assert 'vutler_operator_build_info{version="0.1.0"} 1.0' in text


def test_no_label_has_a_name_of_an_agent_or_namespace() -> None:
    metrics = Metrics()
    labels = {
        label for collector in metrics.registry._collector_to_names for label in getattr(collector, "_labelnames", ())
    }

    assert not labels & {"agent", "name", "namespace", "uid", "pod"}
    assert "reason" in labels
