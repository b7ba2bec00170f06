"""Turns transitions of conditions into Kubernetes Events; pure."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from vutler_operator import names
from vutler_operator.reconcile.fair_use import FAIR_USE
from vutler_operator.resources.objects import Manifest, uid_of

__all__ = ["build_events", "with_left_out"]

_QUIET: Final = frozenset({"PodStarting", "SyncPending", "NotCreated", "Stopping", "VolumeNotBound"})
"""Steps on the way that say nothing to anybody."""

_WITHIN: Final = "WithinPlan"
_NEARLY: Final = {"NearlyUsedUp": "PlanNearlyUsedUp", "BudgetNearlyUsedUp": "BudgetNearlyUsedUp"}
"""An Event stands beside many others and names what it speaks of."""


_LONGEST: Final = 1024
"""Characters that the API server takes as a message."""


@dataclass(frozen=True, slots=True)
class _News:
    action: str
    well: bool
    reason: str
    message: str


def build_events(obj: Manifest, status: Manifest, *, now: str, new_suffix: Callable[[], str]) -> tuple[Manifest, ...]:
    """Build the Events for going from an object's status to a new one: one for each condition that people care about.

    Args:
        obj: the Agent or LLMConfig with its status before.
        status: the status after.
        now: RFC 3339.
        new_suffix: returns what makes an Event's name unique.
    """
    found = (*_ready_news(obj, status), *_fair_use_news(obj, status))
    return tuple(_event(obj, news, now, new_suffix()) for news in found)


def with_left_out(event: Manifest, number: int) -> Manifest:
    """Say in an Event how many of the same object were not written since the last one."""
    if not number:
        return event
    message = _cut(f"({number} transitions before this one were not told) {event['message']}")
    return {**event, "message": message}


def _ready_news(obj: Manifest, status: Manifest) -> Iterator[_News]:
    before, after = _transition(obj, status, "Ready")
    if _is_same(before, after) or after.get("reason") in _QUIET:
        return
    well = after.get("status") == "True" or after.get("reason") == "Stopped"
    yield _News("Reconcile", well, after.get("reason", ""), after.get("message", ""))


def _fair_use_news(obj: Manifest, status: Manifest) -> Iterator[_News]:
    """Tell of a plan or budget that is nearly or wholly used up, and of one that is free again."""
    before, after = _transition(obj, status, FAIR_USE)
    if _is_same(before, after) or after.get("status") not in {"True", "False"}:
        return
    within = after["reason"] == _WITHIN
    if within and before.get("status") not in {"True", "False"}:
        return
    yield _News("CheckUsage", within, _NEARLY.get(after["reason"], after["reason"]), after["message"])


def _transition(obj: Manifest, status: Manifest, kind: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a condition before and after; empty where there is none."""
    return _condition(obj.get("status") or {}, kind), _condition(status, kind)


def _condition(status: Manifest, kind: str) -> dict[str, Any]:
    found: dict[str, Any] = next((c for c in status.get("conditions") or () if c["type"] == kind), {})
    return found


def _is_same(before: dict[str, Any], after: dict[str, Any]) -> bool:
    return (before.get("status"), before.get("reason")) == (after.get("status"), after.get("reason"))


def _event(obj: Manifest, news: _News, now: str, suffix: str) -> Manifest:
    metadata = obj["metadata"]
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": f"{metadata['name'][:180]}.{suffix}", "namespace": metadata["namespace"]},
        "involvedObject": {
            "apiVersion": obj["apiVersion"],
            "kind": obj["kind"],
            "name": metadata["name"],
            "namespace": metadata["namespace"],
            "uid": uid_of(obj),
            "resourceVersion": metadata.get("resourceVersion", ""),
        },
        "type": "Normal" if news.well else "Warning",
        "reason": news.reason,
        "action": news.action,
        "message": _cut(news.message),
        "source": {"component": names.FIELD_MANAGER},
        "reportingComponent": names.FIELD_MANAGER,
        "firstTimestamp": now,
        "lastTimestamp": now,
        "count": 1,
    }


def _cut(message: str) -> str:
    return message if len(message) <= _LONGEST else f"{message[: _LONGEST - 1]}…"
