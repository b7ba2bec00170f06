"""The rights that the operator uses, as data; the chart grants exactly these, and a test holds the two equal."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from vutler_operator.resources.lease import LEASE
from vutler_operator.resources.objects import (
    AGENT,
    AGENT_TEMPLATE,
    CHILD_KINDS,
    EVENT,
    LLM_CONFIG,
    POD,
    Kind,
)

__all__ = ["PERMISSIONS", "Permission", "Verb", "is_permitted"]

Verb = Literal["create", "get", "list", "patch", "watch"]


@dataclass(frozen=True, slots=True)
class Permission:
    """Verbs on one resource; `scope` says in which namespaces."""

    group: str
    resource: str
    verbs: frozenset[Verb]
    scope: Literal["agents", "agents+catalogue", "home"] = "agents"
    """`agents`: where they are watched; `agents+catalogue`: in the templates' namespace, too; `home`: the Lease's."""


def _permissions() -> Iterator[Permission]:
    watching: frozenset[Verb] = frozenset({"list", "watch"})
    for kind in (AGENT, LLM_CONFIG):
        yield Permission(kind.group, kind.plural, watching)
        yield Permission(kind.group, f"{kind.plural}/status", frozenset({"patch"}))
    yield Permission(AGENT_TEMPLATE.group, AGENT_TEMPLATE.plural, watching, "agents+catalogue")
    for kind in CHILD_KINDS:
        yield Permission(kind.group, kind.plural, watching | {"get", "create", "patch"})
    yield Permission(POD.group, POD.plural, watching)
    yield Permission(EVENT.group, EVENT.plural, frozenset({"create"}))
    yield Permission(LEASE.group, LEASE.plural, frozenset({"get", "create", "patch"}), "home")


PERMISSIONS: Final = tuple(_permissions())

_INDEX: Final = {(permission.group, permission.resource): permission.verbs for permission in PERMISSIONS}


def is_permitted(verb: Verb, kind: Kind, subresource: str = "") -> bool:
    """Tell whether a request is on the list; the client refuses to send any other."""
    resource = f"{kind.plural}/{subresource}" if subresource else kind.plural
    return verb in _INDEX.get((kind.group, resource), frozenset())
