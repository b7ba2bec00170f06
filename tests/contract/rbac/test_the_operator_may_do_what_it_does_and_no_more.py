from collections.abc import Iterable
from typing import Any

import pytest

from tests.support.helm import Helm, Manifest, Release
from vutler_operator import names
from vutler_operator.cluster import PERMISSIONS

pytestmark = pytest.mark.api

HOME = "vutler-system"
MOST_RIGHTS = 80
NAMESPACES = ("team-a", "team-b")

Right = tuple[str, str, str]
"""API group, resource (with its subresource), verb."""


def rights_of(roles: Iterable[Manifest]) -> list[Right]:
    return [
        (group, resource, verb)
        for role in roles
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    ]


def used(*scopes: str) -> set[Right]:
    return {(p.group, p.resource, verb) for p in PERMISSIONS if p.scope in scopes for verb in p.verbs}


def granted(release: Release, namespace: str) -> list[Right]:
    """Return what the operator's account may do in a namespace through the Roles bound to it there."""
    return rights_of(
        role_in(release, binding)
        for binding in release.of_kind("RoleBinding")
        if binding["metadata"]["namespace"] == namespace and bound_to_the_operator(binding)
    )


def role_in(release: Release, binding: Manifest) -> Manifest:
    (role,) = [
        role
        for role in release.of_kind("Role")
        if role["metadata"]["namespace"] == binding["metadata"]["namespace"]
        and role["metadata"]["name"] == binding["roleRef"]["name"]
    ]
    return role


def bound_to_the_operator(binding: Manifest) -> bool:
    (subject,) = binding["subjects"]
    account: dict[str, Any] = {"kind": "ServiceAccount", "name": "vutler-operator", "namespace": HOME}
    return bool(subject == account)


@pytest.fixture(scope="module")
def cluster_wide(helm: Helm) -> Release:
    return helm.render()


@pytest.fixture(scope="module")
def scoped(helm: Helm) -> Release:
    return helm.render({"watchNamespaces": list(NAMESPACES)})


def test_every_right_is_used_and_every_use_is_granted_in_the_whole_cluster(cluster_wide: Release) -> None:
    role = cluster_wide.one("ClusterRole", "vutler-operator")
    binding = cluster_wide.one("ClusterRoleBinding", "vutler-operator")
    assert bound_to_the_operator(binding)
    assert binding["roleRef"]["name"] == role["metadata"]["name"]
    assert sorted(rights_of([role])) == sorted(used("agents", "agents+catalogue"))


def test_there_are_few_rights(cluster_wide: Release) -> None:
    assert len(rights_of(cluster_wide.of_kind("ClusterRole"))) < MOST_RIGHTS


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_a_named_namespace_grants_what_is_used_there(scoped: Release, namespace: str) -> None:
    assert sorted(granted(scoped, namespace)) == sorted(used("agents", "agents+catalogue"))


def test_home_grants_only_the_lease(cluster_wide: Release) -> None:
    assert sorted(granted(cluster_wide, HOME)) == sorted(used("home"))


def test_home_grants_only_the_lease_and_the_catalogues_templates(scoped: Release) -> None:
    assert sorted(granted(scoped, HOME)) == sorted(used("home", "agents+catalogue"))


def test_no_lease_but_the_operators_own_is_read_or_changed(cluster_wide: Release, scoped: Release) -> None:
    for release, watched in ((cluster_wide, ()), (scoped, NAMESPACES)):
        rules = release.one("Role", "vutler-operator-lease")["rules"]
        assert [rule["verbs"] for rule in rules if "resourceNames" not in rule] == [["create"]]
        granted_names = {name for rule in rules for name in rule.get("resourceNames", ())}
        assert granted_names == {names.lease_name(watched)}


def test_nothing_counts_in_the_whole_cluster_when_namespaces_are_named(scoped: Release) -> None:
    for kind in ("ClusterRole", "ClusterRoleBinding"):  # who somebody is is a question to the whole cluster
        assert [one["metadata"]["name"] for one in scoped.of_kind(kind)] == [f"vutler-router-sign-in.{HOME}"]
    places = {role["metadata"]["namespace"] for role in scoped.of_kind("Role")}
    assert places == {HOME, *NAMESPACES}


def test_no_right_is_a_wildcard(cluster_wide: Release, scoped: Release) -> None:
    for release in (cluster_wide, scoped):
        roles = [*release.of_kind("ClusterRole"), *release.of_kind("Role")]
        assert [right for right in rights_of(roles) if "*" in "".join(right)] == []


def test_the_operators_rights_are_the_operators_alone(cluster_wide: Release, scoped: Release) -> None:
    for release in (cluster_wide, scoped):
        bindings = [*release.of_kind("ClusterRoleBinding"), *release.of_kind("RoleBinding")]
        for binding in bindings:
            assert bound_to_the_operator(binding) == binding["roleRef"]["name"].startswith("vutler-operator")
