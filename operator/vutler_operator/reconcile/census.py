"""Counts the Agents as their statuses say they are, and decodes only those that changed since the last count."""

from collections import Counter
from dataclasses import dataclass

from vutler_operator.reconcile.fair_use import FAIR_USE
from vutler_operator.reconcile.store import Store
from vutler_operator.resources.objects import AGENT, Manifest, ObjectRef

__all__ = ["Census", "Counts"]


@dataclass(frozen=True, slots=True)
class Counts:
    """How many Agents there are of each sort."""

    phases: Counter[str]
    not_ready: Counter[str]
    """By the reason of their condition `Ready`."""
    over_plan: int


@dataclass(frozen=True, slots=True)
class _Fact:
    version: int
    phase: str
    not_ready: str
    is_over_plan: bool


class Census:
    """What is known of each Agent's status, by the version it was read from."""

    def __init__(self) -> None:
        self._facts: dict[ObjectRef, _Fact] = {}

    def take(self, store: Store) -> Counts:
        """Count what a store holds."""
        self._facts = {ref: self._look(ref, store) for ref in store.refs(AGENT.kind)}
        facts = self._facts.values()
        return Counts(
            phases=Counter(fact.phase for fact in facts),
            not_ready=Counter(fact.not_ready for fact in facts if fact.not_ready),
            over_plan=sum(fact.is_over_plan for fact in facts),
        )

    def _look(self, ref: ObjectRef, store: Store) -> _Fact:
        known, version = self._facts.get(ref), store.version(ref)
        if known is not None and known.version == version:
            return known
        return _fact(version, (store.get(ref) or {}).get("status") or {})


def _fact(version: int, status: Manifest) -> _Fact:
    conditions = {condition["type"]: condition for condition in status.get("conditions") or ()}
    ready, fair = conditions.get("Ready", {}), conditions.get(FAIR_USE, {})
    return _Fact(
        version=version,
        phase=str(status.get("phase", "Pending")),
        not_ready="" if ready.get("status", "True") == "True" else str(ready.get("reason", "")),
        is_over_plan=fair.get("status") == "False",
    )
