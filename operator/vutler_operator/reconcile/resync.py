"""Reads everything once at the start, and again now and then: a watch that broke may have missed a deletion."""

from collections.abc import AsyncIterator
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

__all__ = ["Lister", "Resync"]

_OWN: Final = (LLM_CONFIG, AGENT_TEMPLATE, AGENT)
_MANAGED: Final = f"{names.MANAGED_BY_LABEL}={names.MANAGED_BY}"

logger = structlog.get_logger(__name__)


class Lister(Protocol):
    """Reads objects from the API server."""

    async def get(self, ref: ObjectRef) -> Manifest | None:
        """Return an object, or None."""
        ...

    def list(self, kind: Kind, namespace: str = "", *, labels: str = "") -> AsyncIterator[Manifest]:
        """Return a collection."""
        ...


class Resync:
    """Brings the store up to date by reading; writes nothing."""

    def __init__(self, lister: Lister, store: Store, intake: Intake, settings: Settings) -> None:
        self._lister = lister
        self._store = store
        self._intake = intake
        self._settings = settings

    async def read_all(self) -> None:
        """Read all that is watched.

        Raises:
            ClusterError: the API server refused or is away.
        """
        for namespace in self._settings.watch_namespaces or ("",):
            for kind in (*CHILD_KINDS, POD):
                await self._read(kind, namespace, _MANAGED)
            for kind in _OWN:
                await self._read(kind, namespace)
        await self.read_catalogue()
        for kind in (SECRET, CONFIG_MAP):
            await self._read_again(kind)

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
        async for obj in self._lister.list(kind, namespace, labels=labels):
            known.pop(ref_of(obj), None)
            self._intake.observe(obj)
        for ref, version in known.items():
            if self._store.version(ref) == version:
                self._intake.observe_absent(ref)

    async def _read_again(self, kind: Kind) -> None:
        """Read what users' Secrets and ConfigMaps are kept because an Agent refers to them."""
        for ref in list(self._store.refs(kind.kind)):
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
