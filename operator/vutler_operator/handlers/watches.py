"""Declares to kopf what people make, and hands every event on; what the operator makes is followed in `reconcile`.

Only raw events are used: kopf's create/update handlers keep their state on the objects, which costs a write each.
"""

import os
from collections.abc import Iterable
from typing import Any

import kopf
from prometheus_client import Counter
from typing_extensions import override

from vutler_operator.reconcile.intake import Intake
from vutler_operator.resources.objects import AGENT, AGENT_TEMPLATE, LLM_CONFIG, Kind, Manifest

__all__ = ["create_registry", "create_settings"]

_WATCHED = (AGENT, LLM_CONFIG, AGENT_TEMPLATE)


def create_registry(intake: Intake, seen: Counter) -> kopf.OperatorRegistry:
    """Return handlers that hand every event of the watched kinds to the intake; `seen` counts them by kind and type."""
    registry = kopf.OperatorRegistry()
    kopf.on.login(registry=registry)(_login)
    for kind in _WATCHED:
        kopf.on.event(kind.group, kind.version, kind.plural, registry=registry)(_receiver(intake, kind, seen))
    return registry


def create_settings() -> kopf.OperatorSettings:
    """Return kopf's settings: no peering, no finalizers, no state or events of kopf's own on any object."""
    settings = kopf.OperatorSettings()
    settings.posting.enabled = False
    settings.peering.standalone = True
    settings.scanning.disabled = True
    settings.persistence.diffbase_storage = _NoHistory()
    # The API server ends a watch that it deems too old; ending it first keeps dead connections from going unnoticed.
    settings.watching.server_timeout = 600
    settings.watching.client_timeout = 660
    settings.watching.connect_timeout = 10
    # One worker an object: without a limit a start over a thousand agents has as many of them at once.
    settings.queueing.worker_limit = 100
    settings.queueing.idle_timeout = 0.05
    settings.networking.request_timeout = 30
    return settings


class _NoHistory(kopf.DiffBaseStorage):
    """Keeps kopf from copying every object to find out what changed in it: only create/update handlers ask."""

    @override
    def build(self, *, body: kopf.Body, extra_fields: Iterable[kopf.FieldSpec] | None = None) -> kopf.BodyEssence:
        return kopf.BodyEssence({})

    @override
    def fetch(self, *, body: kopf.Body) -> kopf.BodyEssence | None:
        return None

    @override
    def store(self, *, body: kopf.Body, patch: kopf.Patch, essence: kopf.BodyEssence) -> None:
        return


def _receiver(intake: Intake, kind: Kind, seen: Counter) -> Any:
    async def receive(event: kopf.RawEvent, **_: Any) -> None:  # a plain function would run in a thread
        seen.labels(kind.kind, event["type"] or "listed").inc()
        obj: Manifest = {"apiVersion": kind.api_version, "kind": kind.kind, **event["object"]}
        intake.hear(event["type"], obj)

    receive.__name__ = f"receive_{kind.plural}"
    return receive


def _login(**kwargs: Any) -> kopf.ConnectionInfo | None:
    """Find the cluster as the rest of the operator does: `KUBECONFIG` if it is set, else the pod's own account."""
    if os.environ.get("KUBECONFIG"):
        return kopf.login_with_kubeconfig(**kwargs)
    return kopf.login_with_service_account(**kwargs) or kopf.login_with_kubeconfig(**kwargs)
