"""Reads everything once at the start, and again now and then: a watch that broke may have missed a deletion."""

from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Final, Protocol

import structlog

from vutler_operator import names
from vutler_operator.errors import ClusterError
from vutler_operator.reconcile.intake import Intake
from vutler_operator.reconcile.store import Store
from vutler_operator.resources.objects import (
    AGENT,
    AGENT_TEMPLATE,
    CHILD_KINDS,
    CONFIG_MAP,
    LLM_CONFIG,
    POD,
    SECRET,
    Kind,
    Manifest,
    ObjectRef,
    is_managed,
    ref_of,
)
from vutler_operator.settings import Settings

__all__ = ["CHILDREN_AND_PODS", "MANAGED", "USERS_TOO", "Lister", "Resync"]

CHILDREN_AND_PODS: Final = (*CHILD_KINDS, POD)
"""What the operator makes, and what comes of it."""
_OWN: Final = (LLM_CONFIG, AGENT_TEMPLATE, AGENT)
USERS_TOO: Final = frozenset({SECRET, CONFIG_MAP})
"""Kinds of which users' objects matter, too; of all others only what carries the operator's label is asked for."""
MANAGED: Final = f"{names.MANAGED_BY_LABEL}={names.MANAGED_BY}"

logger = structlog.get_logger(__name__)


class Lister(Protocol):
    """Reads objects from the API server."""

    async def get(self, ref: ObjectRef) -> Manifest | None:
        """Return an object, or None."""
        ...

    def list(
        self, kind: Kind, namespace: str = "", *, labels: str = "", at: Callable[[str], None] = ...
    ) -> AsyncIterator[Manifest]:
        """Return a collection; `at` is told the version at which it was so."""
        ...


class Resync:
    """Brings the store up to date by reading; writes nothing."""

    def __init__(self, lister: Lister, store: Store, intake: Intake, settings: Settings) -> None:
        self._lister = lister
        self._store = store
        self._intake = intake
        self._settings = settings
        self._versions: dict[tuple[str, str], str] = {}

    async def read_all(self) -> None:
        """Read all that is watched.

        Raises:
            ClusterError: the API server refused or is away.
        """
        for namespace in self._settings.watch_namespaces or ("",):
            for kind in CHILDREN_AND_PODS:
                await self.read_children(kind, namespace)
        await self.read_own()

    async def read_own(self) -> None:
        """Read what people make: Agents and what they refer to of ours.

        Raises:
            ClusterError: the API server refused or is away.
        """
        for namespace in self._settings.watch_namespaces or ("",):
            for kind in _OWN:
                await self._read(kind, namespace)
        await self.read_catalogue()

    async def read_children(self, kind: Kind, namespace: str) -> None:
        """Read the operator's own objects of one kind, and those of users that an Agent refers to.

        Raises:
            ClusterError: the API server refused or is away.
        """
        await self._read(kind, namespace, MANAGED)
        if kind in USERS_TOO:
            await self._read_again(kind, namespace)

    def version(self, kind: Kind, namespace: str) -> str:
        """Return the version at which a kind was read last; a watch from there on misses nothing."""
        return self._versions[kind.kind, namespace]

    async def read_catalogue(self) -> None:
        """Read the catalogue's templates where no watch covers them; without the right to, there is no catalogue."""
        if self._settings.watches(self._settings.templates_namespace):
            return
        try:
            await self._read(AGENT_TEMPLATE, self._settings.templates_namespace)
        except ClusterError as error:
            logger.warning("catalogue not readable", error=str(error))

    def needs_catalogue(self) -> bool:
        """Tell whether the catalogue lies outside of what is watched."""
        return not self._settings.watches(self._settings.templates_namespace)

    async def _read(self, kind: Kind, namespace: str, labels: str = "") -> None:
        known = {
            ref: self._store.version(ref)
            for ref in self._store.refs(kind.kind, namespace or None)
            if not labels or self._is_managed(ref)
        }
        at = partial(self._versions.__setitem__, (kind.kind, namespace))
        async for obj in self._lister.list(kind, namespace, labels=labels, at=at):
            known.pop(ref_of(obj), None)
            self._intake.observe(obj)
        for ref, version in known.items():
            if self._store.version(ref) == version:
                self._intake.observe_absent(ref)

    async def _read_again(self, kind: Kind, namespace: str) -> None:
        """Read what users' Secrets and ConfigMaps are kept because an Agent refers to them."""
        for ref in list(self._store.refs(kind.kind, namespace or None)):
            if self._is_managed(ref):
                continue
            found = await self._lister.get(ref)
            if found is None:
                self._intake.observe_absent(ref)
            else:
                self._intake.observe(found)

    def _is_managed(self, ref: ObjectRef) -> bool:
        obj = self._store.get(ref)
        return obj is not None and is_managed(obj)
