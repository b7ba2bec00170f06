"""Reads what an Agent refers to: from memory where it is watched, once from the API server where it is not yet."""

from typing import Final, Protocol

from vutler_operator.errors import Blocked
from vutler_operator.reconcile.dependencies import Dependencies
from vutler_operator.reconcile.store import Store
from vutler_operator.resources.objects import CONFIG_MAP, SECRET, Kind, Manifest, ObjectRef, decode_key, is_managed

__all__ = ["Lookup", "Reader", "read_key"]

_READ_THROUGH: Final = frozenset({SECRET.kind, CONFIG_MAP.kind})
"""Kinds of which only those are kept that somebody refers to: a cluster has many, and they may be secret."""


class Reader(Protocol):
    """Reads one object from the API server."""

    async def get(self, ref: ObjectRef) -> Manifest | None:
        """Return the object, or None if it is not there."""
        ...


class Lookup:
    """The look-ups of one piece of work; each is recorded, so that a change of the object brings the work back."""

    def __init__(self, work: ObjectRef, store: Store, dependencies: Dependencies, reader: Reader) -> None:
        self._work = work
        self._store = store
        self._dependencies = dependencies
        self._reader = reader
        self._seen: set[ObjectRef] = set()

    async def find(self, kind: Kind, namespace: str, name: str) -> Manifest | None:
        """Return an object, or None if there is none."""
        ref = ObjectRef(kind.kind, namespace, name)
        self._seen.add(ref)
        self._dependencies.record(self._work, ref)
        if kind.kind in _READ_THROUGH and not self._store.has(ref):
            found = await self._reader.get(ref)
            if found is not None:
                self._store.put(found)
        return self._store.get(ref)

    def finish(self) -> None:
        """Drop what earlier looks of the same work needed and this one did not."""
        for orphan in self._dependencies.retain(self._work, self._seen):
            kept = self._store.get(orphan) if orphan.kind in _READ_THROUGH else None
            if kept is not None and not is_managed(kept):
                self._store.drop(orphan)


async def read_key(lookup: Lookup, kind: Kind, namespace: str, name: str, key: str) -> str:
    """Return one value of a Secret or ConfigMap.

    Raises:
        Blocked: the object or the key is missing, or the value is not text; the message says what to create.
    """
    obj = await lookup.find(kind, namespace, name)
    if obj is None:
        raise Blocked(
            f"{kind.kind}NotFound", f'{kind.kind} "{name}" does not exist in namespace {namespace}: create it'
        )
    if kind is SECRET:
        raw = decode_key(obj, key)
    else:
        text = (obj.get("data") or {}).get(key)
        raw = text.encode() if isinstance(text, str) else None
    if raw is None or (kind is SECRET and not raw.strip()):
        has = ", ".join(sorted(obj.get("data") or {})) or "none"
        raise Blocked(
            f"{kind.kind}KeyMissing", f'{kind.kind} "{name}" has no value under key "{key}" (its keys: {has}): add it'
        )
    try:
        return raw.decode().strip() if kind is SECRET else raw.decode()
    except UnicodeDecodeError:
        raise Blocked(f"{kind.kind}KeyMissing", f'{kind.kind} "{name}": the value of "{key}" is not text') from None
