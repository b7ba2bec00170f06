"""Makes an Agent's children what they should be, with one write each at most, and none where nothing differs."""

import asyncio
from collections.abc import Sequence
from typing import Final, Protocol

import structlog

from vutler_operator import drift, names
from vutler_operator.errors import Conflict, NameConflict
from vutler_operator.reconcile.store import Store
from vutler_operator.resources.objects import (
    AGENT,
    DEPLOYMENT,
    PERSISTENT_VOLUME_CLAIM,
    Manifest,
    ObjectRef,
    is_managed,
    owner_uid,
    ref_of,
    uid_of,
    version_of,
)

__all__ = ["Children", "Writer"]

_CREATE_ONLY: Final = frozenset({PERSISTENT_VOLUME_CLAIM.kind})

logger = structlog.get_logger(__name__)


class Writer(Protocol):
    """The writes on children, and the read that goes before a creation."""

    async def get(self, ref: ObjectRef) -> Manifest | None:
        """Read an object."""
        ...

    async def apply(self, manifest: Manifest) -> Manifest:
        """Create or change by server-side apply."""
        ...

    async def restore(self, manifest: Manifest, live: Manifest) -> Manifest:
        """Replace the content."""
        ...


class Children:
    """Applies what the builders built."""

    def __init__(self, writer: Writer, store: Store) -> None:
        self._writer = writer
        self._store = store
        self._settled: dict[ObjectRef, tuple[str, int]] = {}

    async def find_own(self, owner: Manifest, ref: ObjectRef) -> Manifest | None:
        """Return a child as it is, or None if there is none.

        Raises:
            NameConflict: an object of that name belongs to somebody else.
            Conflict: it belongs to an earlier Agent of the same name and is about to go.
        """
        live = self._store.get(ref)
        if live is None:
            # Only labelled objects are watched: an absent one may be somebody else's.
            live = await self._writer.get(ref)
        if live is None or owner_uid(live) == uid_of(owner):
            return live
        if owner_uid(live) is not None and is_managed(live):
            raise Conflict(f"{ref} of an earlier {AGENT.kind} of this name is still being deleted")
        raise NameConflict(
            f'{ref.kind} "{ref.name}" exists already and does not belong to this Agent: '
            "delete or rename it, or give the Agent another name"
        )

    async def settle(self, owner: Manifest, desired: Sequence[Manifest]) -> None:
        """Write the children that differ; nothing at all if one name is taken.

        Raises:
            NameConflict: see `find_own`.
            ClusterError: a write failed; a retry continues where this one stopped.
        """
        stamped = [drift.stamp(manifest) for manifest in desired]
        found = await asyncio.gather(*(self.find_own(owner, ref_of(manifest)) for manifest in stamped))
        pairs = list(zip(stamped, found, strict=True))
        first = [pair for pair in pairs if pair[0]["kind"] != DEPLOYMENT.kind]
        last = [pair for pair in pairs if pair[0]["kind"] == DEPLOYMENT.kind]
        for stage in (first, last):
            results = await asyncio.gather(*(self._write(*pair) for pair in stage), return_exceptions=True)
            for failure in results:
                if isinstance(failure, BaseException):
                    raise failure

    async def _write(self, manifest: Manifest, live: Manifest | None) -> None:
        ref = ref_of(manifest)
        if live is None:
            self._keep(manifest, await self._writer.apply(manifest))
            return
        if ref.kind in _CREATE_ONLY or live["metadata"].get("deletionTimestamp"):
            self._store.put(live)
            return
        additions = drift.find_additions(manifest, live)
        differences = drift.find_differences(manifest, live)
        if not additions and not differences:
            self._store.put(live)
            return
        if self._settled.get(ref) == _mark(manifest, live):
            return
        logger.info("child differs", child=str(ref), paths=[*differences, *additions][:5])
        written = await (self._writer.restore(manifest, live) if additions else self._writer.apply(manifest))
        self._keep(manifest, written)

    def _keep(self, manifest: Manifest, written: Manifest) -> None:
        self._store.put(written)
        ref = ref_of(manifest)
        self._settled.pop(ref, None)
        if drift.find_differences(manifest, written) or drift.find_additions(manifest, written):
            # Something in the API server changes what is written, for example an admission policy. Once is enough.
            self._settled[ref] = _mark(manifest, written)


def _mark(manifest: Manifest, live: Manifest) -> tuple[str, int]:
    """Name a state of an object: what is wanted, and its generation, or its version where it has none."""
    generation = live["metadata"].get("generation")
    wanted = manifest["metadata"]["annotations"][names.DESIRED_HASH]
    return wanted, int(generation) if generation is not None else version_of(live)
