"""Makes an Agent's children what they should be, with one write each at most, and none where nothing differs."""

from collections.abc import Callable, Iterable
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
    owner_reference,
    owner_uid,
    ref_of,
    uid_of,
    version_of,
)

__all__ = ["Children", "Writer"]

_CREATE_ONLY: Final = frozenset({PERSISTENT_VOLUME_CLAIM.kind})

logger = structlog.get_logger(__name__)


class Writer(Protocol):
    """The writes on children, and the read of one that was not expected."""

    async def get(self, ref: ObjectRef) -> Manifest | None:
        """Read an object."""
        ...

    async def create(self, manifest: Manifest) -> Manifest:
        """Create; raises `Conflict` if an object of that name is there."""
        ...

    async def replace(self, manifest: Manifest, live: Manifest) -> Manifest:
        """Replace the content."""
        ...


class Children:
    """Applies what the builders built."""

    def __init__(self, writer: Writer, store: Store) -> None:
        self._writer = writer
        self._store = store
        self._rewritten: dict[ObjectRef, tuple[str, int]] = {}
        """Children that something in the API server changes as they are written, in the state that this left."""
        self._unwatched: set[ObjectRef] = set()
        """Names that are taken by objects without the operator's label, of which no watch tells: these are read."""

    async def find_own(self, owner: Manifest, ref: ObjectRef) -> Manifest | None:
        """Return a child as it is, or None if none is known: whether its name is free is found by creating it.

        Raises:
            NameConflict: an object of that name belongs to somebody else.
            Conflict: it belongs to an earlier Agent of the same name and is about to go.
        """
        live = self._store.get(ref)
        if live is None and ref in self._unwatched:
            live = await self._writer.get(ref)
            if live is None:
                self._unwatched.discard(ref)
        if live is None or owner_uid(live) == uid_of(owner):
            return live
        if owner_uid(live) is not None and is_managed(live):
            raise Conflict(f"{ref} of an earlier {AGENT.kind} of this name is still being deleted")
        raise NameConflict(
            f'{ref.kind} "{ref.name}" exists already and does not belong to this Agent: '
            "delete or rename it, or give the Agent another name"
        )

    async def settle(
        self, owner: Manifest, desired: Iterable[Manifest], others_wait: Callable[[], bool] = lambda: False
    ) -> dict[ObjectRef, bytes] | None:
        """Write the children that differ, one after another in the given order; the first failure ends it.

        One at a time: an agent whose writes hang, by a webhook for example, holds one connection and not seven. What
        comes after a new Deployment may be put off: of many agents at once all pods should be on their way first.

        Args:
            owner: the Agent.
            desired: its children.
            others_wait: whether somebody else has no Deployment yet.

        Returns:
            The fingerprint of each child as it was found to be right, or written; None if the rest was put off.

        Raises:
            NameConflict: see `find_own`.
            ClusterError: a write failed; a retry continues where this one stopped.
        """
        settled: dict[ObjectRef, bytes] = {}
        wanted = tuple(desired)
        for position, manifest in enumerate(wanted, start=1):
            stamped, ref = drift.stamp(manifest), ref_of(manifest)
            live = await self.find_own(owner, ref)
            if live is None and manifest["kind"] == DEPLOYMENT.kind:
                await self._look_for_taken(owner, wanted[position:])
            settled[ref] = drift.fingerprint(drift.slim(await self._write(stamped, live)))
            if live is None and manifest["kind"] == DEPLOYMENT.kind and others_wait():
                return None
        return settled

    async def stop(self, owner: Manifest, deployment: ObjectRef) -> None:
        """Let an agent's pod end without a change of anything else; nothing if there is none.

        Raises:
            NameConflict: see `find_own`.
            ClusterError: the write failed.
        """
        live = await self.find_own(owner, deployment)
        if live is None or not live["spec"].get("replicas"):
            return
        metadata = {"name": deployment.name, "namespace": deployment.namespace}
        kept = {key: live["metadata"].get(key) or {} for key in ("labels", "annotations")}
        owners = {"ownerReferences": [owner_reference(owner)]}
        stopped = live | {"metadata": metadata | kept | owners, "spec": live["spec"] | {"replicas": 0}}
        stopped.pop("status", None)
        self._store.put(await self._writer.replace(stopped, live))

    async def _look_for_taken(self, owner: Manifest, later: Iterable[Manifest]) -> None:
        """Let no pod start whose later children cannot be made.

        Raises:
            NameConflict: see `find_own`.
        """
        for ref in (ref_of(manifest) for manifest in later):
            if not self._store.has(ref):
                self._unwatched.add(ref)
                await self.find_own(owner, ref)

    async def _write(self, manifest: Manifest, live: Manifest | None) -> Manifest:
        """Return the child as it is now."""
        ref = ref_of(manifest)
        if live is None:
            return self._keep(manifest, await self._create(manifest))
        if ref.kind in _CREATE_ONLY or live["metadata"].get("deletionTimestamp"):
            self._store.put(live)
            return live
        additions = drift.find_additions(manifest, live)
        differences = drift.find_differences(manifest, live)
        if not additions and not differences:
            self._store.put(live)
            return live
        if self._rewritten.get(ref) == _mark(manifest, live):
            return live
        logger.info("child differs", child=str(ref), paths=[*differences, *additions][:5])
        return self._keep(manifest, await self._writer.replace(manifest, live))

    async def _create(self, manifest: Manifest) -> Manifest:
        try:
            return await self._writer.create(manifest)
        except Conflict:
            # The next try reads it: it may be somebody else's, or an own one that lost its label.
            self._unwatched.add(ref_of(manifest))
            raise

    def _keep(self, manifest: Manifest, written: Manifest) -> Manifest:
        self._store.put(written)
        ref = ref_of(manifest)
        self._rewritten.pop(ref, None)
        self._unwatched.discard(ref)
        if drift.find_differences(manifest, written) or drift.find_additions(manifest, written):
            # Something in the API server changes what is written, for example an admission policy. Once is enough.
            self._rewritten[ref] = _mark(manifest, written)
        return written


def _mark(manifest: Manifest, live: Manifest) -> tuple[str, int]:
    """Name a state of an object: what is wanted, and its generation, or its version where it has none."""
    generation = live["metadata"].get("generation")
    wanted = manifest["metadata"]["annotations"][names.DESIRED_HASH]
    return wanted, int(generation) if generation is not None else version_of(live)
