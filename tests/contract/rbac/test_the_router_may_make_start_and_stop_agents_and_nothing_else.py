"""The chart's rights and its admission policy on a real API server, which is asked as the router's own account."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import yaml

from tests.operator.api.operator_process import eventually
from tests.support.api_server import ApiServer, connect
from tests.support.helm import CHART, Helm, Manifest, Release

HOME = "vutler-system"
ROUTER = f"system:serviceaccount:{HOME}:vutler-router"
SIGN_IN = f"vutler-router-sign-in.{HOME}"
AGENTS = "/apis/vutler.io/v1alpha1/namespaces/{}/agents"
SPEC = {
    "systemPrompt": "You are Ava.",
    "tools": ["email"],
    "skills": {"greet": "Say hello."},
    "running": True,
    "runtime": {"config": {"logging": {"level": "info"}}, "resources": {"limits": {"cpu": "2"}}},
}

CLUSTER_KINDS = ("ClusterRole", "ClusterRoleBinding", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding")


def of_the_router(release: Release, *kinds: str) -> list[Manifest]:
    return [
        manifest
        for manifest in release.manifests
        if manifest["kind"] in kinds and manifest["metadata"]["name"].startswith("vutler-router")
    ]


@pytest.fixture(scope="module")
def guarded(helm: Helm, crds: ApiServer) -> Iterator[ApiServer]:
    """Install what the chart grants the router in the whole cluster, and how it narrows that."""
    manifests = yaml.safe_dump_all(of_the_router(helm.render(), *CLUSTER_KINDS))
    applied = crds.kubectl("apply", "-f", "-", stdin=manifests)
    assert applied.returncode == 0, applied.stderr
    yield crds
    crds.kubectl("delete", "-f", "-", stdin=manifests)


@pytest.fixture(scope="module")
def as_router(guarded: ApiServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """Give the router's way to the API server, as its administrator may take it."""
    with connect(guarded.kubeconfig, tmp_path_factory.mktemp("router")) as client:
        client.headers.update({"Impersonate-User": ROUTER, "Impersonate-Group": "system:serviceaccounts"})
        yield client


@pytest.fixture
def agent(guarded: ApiServer, namespace: str, as_router: httpx.Client) -> str:
    """Make an agent and return its path, once the policy is in force: the API server takes a moment."""
    path = f"{AGENTS.format(namespace)}/ava"
    metadata = {"name": "ava", "labels": {"team": "a"}}
    made = guarded.create(
        {"apiVersion": "vutler.io/v1alpha1", "kind": "Agent", "metadata": metadata, "spec": SPEC}, namespace
    )
    assert made.is_success, made.text

    def in_force() -> bool:
        tried = patch(as_router, f"{path}?dryRun=All", {"metadata": {"labels": {"probe": "x"}}})
        return tried.status_code == httpx.codes.UNPROCESSABLE_ENTITY

    eventually(in_force, "the policy is in force", seconds=60)
    return path


def patch(client: httpx.Client, path: str, change: Any) -> httpx.Response:
    return client.patch(path, content=json.dumps(change), headers={"Content-Type": "application/merge-patch+json"})


def test_it_may_read_agents(as_router: httpx.Client, agent: str) -> None:
    assert as_router.get(agent).json()["spec"]["running"] is True
    assert len(as_router.get(agent.removesuffix("/ava")).json()["items"]) == 1


@pytest.mark.parametrize("spec", [{"running": False}, {"running": True}, {"running": None}], ids=json.dumps)
def test_it_may_change_whether_an_agent_runs(as_router: httpx.Client, agent: str, spec: dict[str, bool | None]) -> None:
    changed = patch(as_router, f"{agent}?fieldManager=vutler-router", {"spec": spec})
    assert changed.status_code == 200, changed.text
    assert changed.json()["spec"].get("running") is spec["running"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"spec": {"systemPrompt": "You are somebody else."}}, "spec"),
        ({"spec": {"systemPrompt": None}}, "spec"),
        ({"spec": {"running": False, "displayName": "Eve"}}, "spec"),
        ({"spec": {"tools": ["email", "drive"]}}, "spec"),
        ({"spec": {"skills": {"greet": "Say goodbye."}}}, "spec"),
        ({"spec": {"runtime": {"config": {"logging": {"level": "debug"}}}}}, "spec"),
        ({"spec": {"runtime": {"image": "registry.example/other:1"}}}, "spec"),
        ({"metadata": {"labels": {"team": "b"}}}, "labels"),
        ({"metadata": {"labels": None}}, "labels"),
        ({"metadata": {"annotations": {"vutler.io/rotate-tokens": "now"}}}, "annotations"),
        ({"metadata": {"finalizers": ["example.com/never"]}}, "finalizers"),
    ],
    ids=json.dumps,
)
def test_it_may_change_nothing_else(
    guarded: ApiServer, as_router: httpx.Client, agent: str, change: Any, field: str
) -> None:
    before = guarded.http.get(agent).json()
    refused = patch(as_router, agent, change)
    assert refused.status_code == 422, refused.text
    assert "the router may change nothing of an Agent's" in refused.json()["message"]
    assert field in refused.json()["message"]
    assert guarded.http.get(agent).json() == before


def agent_of(spec: Any, **metadata: Any) -> Any:
    return {
        "apiVersion": "vutler.io/v1alpha1",
        "kind": "Agent",
        "metadata": {"name": "bob", **metadata},
        "spec": spec,
    }


@pytest.mark.parametrize("spec", [{}, {"displayName": "Bob", "templateRef": {"name": "faq-bot"}, "running": False}])
def test_it_may_make_agents_of_a_template(as_router: httpx.Client, agent: str, spec: Any) -> None:
    made = as_router.post(f"{agent.removesuffix('/ava')}?fieldManager=vutler-router", json=agent_of(spec))
    assert (made.status_code, made.json()["spec"]) == (201, spec), made.text


@pytest.mark.parametrize(
    ("made", "refusal"),
    [
        (agent_of({"runtime": {"image": "registry.example/other:1"}}), "of a template"),
        (agent_of({"systemPrompt": "You are Eve."}), "of a template"),
        (agent_of({"llmConfigRef": {"name": "somebodys"}}), "of a template"),
        (agent_of({}, labels={"team": "a"}), "no Agent with labels"),
        (agent_of({}, annotations={"a": "b"}), "no Agent with labels"),
        (agent_of({}, finalizers=["example.com/never"]), "no Agent with labels"),
    ],
    ids=lambda value: json.dumps(value) if isinstance(value, dict) else "",
)
def test_it_may_make_no_other_agents(as_router: httpx.Client, agent: str, made: Any, refusal: str) -> None:
    refused = as_router.post(agent.removesuffix("/ava"), json=made)
    assert refused.status_code == 422, refused.text
    assert refusal in refused.json()["message"]


def test_it_may_not_replace_delete_or_report_on_agents(as_router: httpx.Client, agent: str) -> None:
    whole = as_router.get(agent).json()
    collection = agent.removesuffix("/ava")
    tries = {
        "replace": as_router.put(agent, json=whole),
        "delete": as_router.delete(agent),
        "delete all": as_router.delete(collection),
        "status": patch(as_router, f"{agent}/status", {"status": {"phase": "Running"}}),
    }
    assert {name: answer.status_code for name, answer in tries.items()} == dict.fromkeys(tries, 403)


def test_the_policy_holds_it_even_if_somebody_grants_it_more(
    guarded: ApiServer, as_router: httpx.Client, agent: str, namespace: str
) -> None:
    administrator = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"}
    account = {"kind": "ServiceAccount", "name": "vutler-router", "namespace": HOME}
    binding = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": "too-much"}}
    guarded.create({**binding, "roleRef": administrator, "subjects": [account]}, namespace)
    collection = agent.removesuffix("/ava")
    eventually(lambda: as_router.get(f"/api/v1/namespaces/{namespace}/secrets").is_success, "the grant counts")

    tries = {
        "delete": as_router.delete(agent),
        "delete all": as_router.delete(collection),
        "status": patch(as_router, f"{agent}/status", {"status": {"phase": "Running"}}),
    }

    refusal = "the router may not delete Agents, nor write their status"
    assert {name: refusal in answer.text for name, answer in tries.items()} == dict.fromkeys(tries, True)


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/namespaces/{}/secrets",
        "/api/v1/namespaces/{}/pods",
        "/api/v1/namespaces/{}/configmaps",
        "/apis/apps/v1/namespaces/{}/deployments",
        "/apis/vutler.io/v1alpha1/namespaces/{}/llmconfigs",
        "/api/v1/namespaces",
    ],
)
def test_it_may_read_nothing_else(as_router: httpx.Client, namespace: str, path: str) -> None:
    assert as_router.get(path.format(namespace)).status_code == 403


def test_it_may_list_templates_and_events(as_router: httpx.Client, namespace: str) -> None:
    assert as_router.get(f"/apis/vutler.io/v1alpha1/namespaces/{namespace}/agenttemplates").status_code == 200
    assert as_router.get(f"/api/v1/namespaces/{namespace}/events").status_code == 200


def test_who_is_not_the_router_is_not_held_by_its_policy(guarded: ApiServer, agent: str) -> None:
    assert patch(guarded.http, agent, {"spec": {"systemPrompt": "You are Eve."}}).status_code == 200


def test_it_may_ask_who_somebody_is_and_what_they_may(as_router: httpx.Client, namespace: str) -> None:
    token = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": "nobody's"}}
    attributes = {"group": "vutler.io", "resource": "agents", "verb": "get", "namespace": namespace}
    access = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview"}
    spec = {"user": "ana", "resourceAttributes": attributes}

    who = as_router.post("/apis/authentication.k8s.io/v1/tokenreviews", json=token)
    what = as_router.post("/apis/authorization.k8s.io/v1/subjectaccessreviews", json={**access, "spec": spec})

    assert (who.status_code, who.json()["status"].get("authenticated", False)) == (201, False)
    assert (what.status_code, what.json()["status"]["allowed"]) == (201, False)


@pytest.mark.parametrize("values", [{}, {"watchNamespaces": ["team-a"]}], ids=["everywhere", "named"])
def test_what_signing_in_needs_is_a_right_of_its_own(helm: Helm, values: dict[str, Any]) -> None:
    release = helm.render(values)
    role, binding = (release.one(kind, SIGN_IN) for kind in ("ClusterRole", "ClusterRoleBinding"))
    assert role["rules"] == [
        {"apiGroups": ["authentication.k8s.io"], "resources": ["tokenreviews"], "verbs": ["create"]},
        {"apiGroups": ["authorization.k8s.io"], "resources": ["subjectaccessreviews"], "verbs": ["create"]},
    ]
    assert binding["roleRef"]["name"] == SIGN_IN
    assert binding["subjects"] == [{"kind": "ServiceAccount", "name": "vutler-router", "namespace": HOME}]


def test_without_signing_in_it_is_not_granted(helm: Helm) -> None:
    assert not helm.render({"router": {"signIn": False}}).has("ClusterRole", SIGN_IN)


def test_named_namespaces_replace_the_right_in_the_whole_cluster(helm: Helm) -> None:
    release = helm.render({"watchNamespaces": ["team-a", "team-b"], "router": {"signIn": False}})
    assert of_the_router(release, "ClusterRole", "ClusterRoleBinding") == []
    for kind in ("Role", "RoleBinding"):
        places = [manifest["metadata"]["namespace"] for manifest in of_the_router(release, kind)]
        assert places == ["team-a", "team-b", HOME]
    assert len(of_the_router(release, "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding")) == 2


@pytest.mark.parametrize("values", [{}, {"watchNamespaces": ["team-a"]}], ids=["everywhere", "named"])
def test_the_right_is_bound_to_the_routers_account(helm: Helm, values: dict[str, Any]) -> None:
    release = helm.render({**values, "router": {"signIn": False}})
    role, *at_home = of_the_router(release, "ClusterRole", "Role")
    binding, *bound_at_home = of_the_router(release, "ClusterRoleBinding", "RoleBinding")
    templates = {"apiGroups": ["vutler.io"], "resources": ["agenttemplates"], "verbs": ["list"]}
    assert role["rules"] == [
        {"apiGroups": ["vutler.io"], "resources": ["agents"], "verbs": ["create", "get", "list", "patch"]},
        templates,
        {"apiGroups": [""], "resources": ["events"], "verbs": ["list"]},
    ]
    assert [one["rules"] for one in at_home] == [[templates]] * bool(values)
    assert [one["metadata"]["namespace"] for one in (*at_home, *bound_at_home)] == [HOME] * 2 * bool(values)
    assert binding["roleRef"]["kind"] == role["kind"]
    assert binding["subjects"] == [{"kind": "ServiceAccount", "name": "vutler-router", "namespace": HOME}]


def test_without_access_nothing_is_granted(helm: Helm) -> None:
    release = helm.render({"router": {"clusterAccess": False}})
    assert of_the_router(release, *CLUSTER_KINDS) == []


def test_a_cluster_without_such_policies_is_told_what_to_set(helm: Helm) -> None:
    older = ("template", "vutler", str(CHART), "--kube-version", "1.29.0")
    with pytest.raises(AssertionError, match=r"router\.agentGuard=false"):
        helm.run(*older)
    assert "ValidatingAdmissionPolicy" not in helm.run(*older, values={"router": {"agentGuard": False}})


def test_older_clusters_can_do_without_the_policy(helm: Helm) -> None:
    release = helm.render({"router": {"agentGuard": False}})
    assert of_the_router(release, "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding") == []
    assert release.has("ClusterRole", "vutler-router")
