"""Takes in what the watches report: keeps what is needed and queues the work that it concerns."""

from collections.abc import Callable, Iterable
from typing import Final

from vutler_operator import names
from vutler_operator.reconcile.dependencies import Dependencies
from vutler_operator.reconcile.store import Store
from vutler_operator.resources.objects import (
    AGENT,
    CONFIG_MAP,
    LLM_CONFIG,
    SECRET,
    Manifest,
    ObjectRef,
    agent_of,
    is_managed,
    ref_of,
    version_of,
)
from vutler_operator.settings import Settings

__all__ = ["Intake"]

_SELECTIVE: Final = frozenset({SECRET.kind, CONFIG_MAP.kind})


class Intake:
    """The only way into the store for what others changed; an Agent that changed goes before what its children do."""

    def __init__(
        self,
        store: Store,
        dependencies: Dependencies,
        enqueue: Callable[[ObjectRef], None],
        settings: Settings,
        enqueue_first: Callable[[ObjectRef], None] | None = None,
    ) -> None:
        self._store = store
        self._dependencies = dependencies
        self._enqueue = enqueue
        self._enqueue_first = enqueue_first or enqueue
        self._settings = settings

    def hear(self, happened: str | None, obj: Manifest) -> None:
        """Hear of an event of a watch; None: a list had the object."""
        if happened == "DELETED":
            self.observe_deleted(obj)
        else:
            self.observe(obj)

    def observe(self, obj: Manifest) -> None:
        """Hear that an object is as given."""
        ref = ref_of(obj)
        if ref.kind in _SELECTIVE and not is_managed(obj) and not self._dependencies.dependents(ref):
            return
        if self._store.put(obj):
            self._concerns(ref, agent_of(obj) if is_managed(obj) else None)

    def observe_deleted(self, obj: Manifest) -> None:
        """Hear that an object is gone; its version is that of the deletion."""
        ref = ref_of(obj)
        if self._store.remove(ref, version_of(obj)):
            self._concerns(ref, agent_of(obj) if is_managed(obj) else None)

    def observe_absent(self, ref: ObjectRef) -> None:
        """Hear that a list did not contain an object that was known: its deletion was missed."""
        obj = self._store.get(ref)
        if obj is not None:
            self.observe_deleted(obj)

    def is_gone(self, identifier: str) -> bool:
        """Tell whether a router id is of a watched namespace and no Agent has it."""
        namespace, name = names.split_agent_id(identifier)
        known = self._store.has(ObjectRef(AGENT.kind, namespace, name))
        return bool(name) and self._settings.watches(namespace) and not known

    def changed(self, identifiers: Iterable[str]) -> None:
        """Hear that what the router says about these agents changed."""
        for identifier in tuple(identifiers):
            ref = ObjectRef(AGENT.kind, *names.split_agent_id(identifier))
            if self._store.has(ref):
                self._enqueue(ref)

    def keys_changed(self, sources: Iterable[str]) -> None:
        """Hear that what the router says about the keys of these LLMConfigs (`namespace/name`) changed."""
        for source in sources:
            namespace, _, name = source.partition("/")
            ref = ObjectRef(LLM_CONFIG.kind, namespace, name)
            if self._store.has(ref):
                self._enqueue(ref)

    def _concerns(self, ref: ObjectRef, agent: ObjectRef | None) -> None:
        if ref.kind == AGENT.kind:
            self._enqueue_first(ref)
        elif ref.kind == LLM_CONFIG.kind:
            self._enqueue(ref)
        if agent is not None:
            self._enqueue(agent)
        for work in self._dependencies.dependents(ref):
            self._enqueue(work)
