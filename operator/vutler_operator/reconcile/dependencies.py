"""Who looked at what: the reverse index by which a change finds the work that it concerns.

Filled by the look-ups themselves, those of absent objects too. So references may appear in any order, and nobody has
to keep a list of fields that can refer to something.
"""

from collections import defaultdict
from collections.abc import Collection

from vutler_operator.resources.objects import ObjectRef

__all__ = ["Dependencies"]


class Dependencies:
    """Edges from a piece of work (an Agent, an LLMConfig) to the objects it looked at."""

    def __init__(self) -> None:
        self._looked_at: defaultdict[ObjectRef, set[ObjectRef]] = defaultdict(set)
        self._dependents: defaultdict[ObjectRef, set[ObjectRef]] = defaultdict(set)

    def record(self, work: ObjectRef, ref: ObjectRef) -> None:
        """Note that a piece of work looked at an object."""
        self._looked_at[work].add(ref)
        self._dependents[ref].add(work)

    def dependents(self, ref: ObjectRef) -> frozenset[ObjectRef]:
        """Return the work that an object concerns."""
        return frozenset(self._dependents.get(ref, ()))

    def of(self, work: ObjectRef, kind: str) -> frozenset[ObjectRef]:
        """Return the objects of a kind that a piece of work looked at."""
        return frozenset(ref for ref in self._looked_at.get(work, ()) if ref.kind == kind)

    def retain(self, work: ObjectRef, refs: Collection[ObjectRef]) -> frozenset[ObjectRef]:
        """Forget what a piece of work no longer looks at; return what nobody looks at any more."""
        orphans = set()
        for ref in self._looked_at.get(work, set()) - set(refs):
            self._looked_at[work].discard(ref)
            self._dependents[ref].discard(work)
            if not self._dependents[ref]:
                del self._dependents[ref]
                orphans.add(ref)
        if not self._looked_at.get(work):
            self._looked_at.pop(work, None)
        return frozenset(orphans)
