from typing import Any

import pytest

from tests.operator.reconcile.objects import obj
from vutler_operator.errors import Blocked
from vutler_operator.reconcile.dependencies import Dependencies
from vutler_operator.reconcile.lookup import Lookup
from vutler_operator.reconcile.resolve import resolve_template
from vutler_operator.reconcile.store import Store
from vutler_operator.resources.objects import Manifest, ObjectRef

AVA = ObjectRef("Agent", "team-a", "ava")
CATALOGUE = "vutler-system"


class Nothing:
    """Reads through to an API server that has nothing; templates are all watched."""

    async def get(self, ref: ObjectRef) -> Manifest | None:
        raise AssertionError(f"{ref} is read")


def template(namespace: str, display_name: str) -> Manifest:
    return obj("AgentTemplate", "base", namespace=namespace, spec={"agent": {"displayName": display_name}})


def agent(**spec: Any) -> Manifest:
    return obj("Agent", "ava", spec=spec)


def lookup(*templates: Manifest) -> tuple[Lookup, Dependencies]:
    store, dependencies = Store(), Dependencies()
    for found in templates:
        store.put(found)
    return Lookup(AVA, store, dependencies, Nothing()), dependencies


async def test_a_namespaces_own_template_wins_over_the_catalogues() -> None:
    found, _ = lookup(template("team-a", "Own"), template(CATALOGUE, "Catalogue"))

    chosen = await resolve_template(found, agent(templateRef={"name": "base"}), CATALOGUE)

    assert (chosen.fields, chosen.source) == ({"displayName": "Own"}, "team-a/base")


async def test_the_catalogue_has_what_the_namespace_has_not() -> None:
    found, dependencies = lookup(template(CATALOGUE, "Catalogue"), template("team-b", "Foreign"))

    chosen = await resolve_template(found, agent(templateRef={"name": "base"}), CATALOGUE)

    assert (chosen.fields, chosen.source) == ({"displayName": "Catalogue"}, f"{CATALOGUE}/base")
    assert dependencies.dependents(ObjectRef("AgentTemplate", "team-a", "base")) == {AVA}, "an own one would be noticed"


async def test_an_agent_without_a_template_is_of_its_namespace() -> None:
    found, _ = lookup()

    chosen = await resolve_template(found, agent(), CATALOGUE)

    assert (chosen.fields, chosen.source) == ({}, "team-a")


async def test_a_template_that_is_nowhere_is_named_with_both_places() -> None:
    found, _ = lookup(template("team-b", "Foreign"))

    with pytest.raises(Blocked, match=r"neither in namespace team-a nor in the catalogue \(vutler-system\)"):
        await resolve_template(found, agent(templateRef={"name": "base"}), CATALOGUE)
