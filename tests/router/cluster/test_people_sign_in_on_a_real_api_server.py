"""Service accounts with real tokens and Roles sign in on a router that has the rights the chart gives it."""

import secrets
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.operator.api.operator_process import eventually
from tests.operator.api.world import World
from tests.router.cluster.conftest import Account
from tests.support.mongo import free_port
from tests.support.router_program import RouterProgram, router_program
from tests.support.running_router import ADMIN_TOKEN

SESSION = "/api/v1/session"
ADMIN = {"authorization": f"Bearer {ADMIN_TOKEN}"}
RBAC = "rbac.authorization.k8s.io/v1"

Token = Callable[[str], str]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def router(
    world: World, account: Account, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[RouterProgram]:
    """Run a router under the chart's account; it knows an agent in the world's namespace and one elsewhere."""
    folder = tmp_path_factory.mktemp("router")
    environment = {"ROUTER_CLUSTER": "auto", "KUBECONFIG": str(account.kubeconfig)}
    async with (
        router_program(folder, free_port(), **environment) as program,
        httpx.AsyncClient(base_url=program.url, headers=ADMIN, trust_env=False) as http,
    ):
        for agent_id in (f"{world.namespace}.ava", "elsewhere.bob"):
            made = await http.post("/api/v1/agents", json={"id": agent_id})
            assert made.status_code == 201, made.text
        yield program


@pytest.fixture(scope="module")
def person(world: World) -> Token:
    """Make a service account that may do these things with Agents of the namespace, and return its token."""

    def make(verbs: str) -> str:
        name = f"person-{secrets.token_hex(3)}"
        of_namespace = {"name": name, "namespace": world.namespace}
        role_ref = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": name}
        rules = [{"apiGroups": ["vutler.io"], "resources": ["agents"], "verbs": verbs.split()}]
        subjects = [{"kind": "ServiceAccount", **of_namespace}]
        made: list[dict[str, Any]] = [{"apiVersion": "v1", "kind": "ServiceAccount", "metadata": of_namespace}]
        if verbs:
            made.append({"apiVersion": RBAC, "kind": "Role", "metadata": of_namespace, "rules": rules})
            binding = {"apiVersion": RBAC, "kind": "RoleBinding", "metadata": of_namespace}
            made.append({**binding, "roleRef": role_ref, "subjects": subjects})
        for manifest in made:
            answer = world.server.create(manifest, world.namespace)
            assert answer.is_success, answer.text
        eventually(lambda: all(may(world, name, verb) for verb in verbs.split()), "the Role is in force")
        created = world.server.kubectl("create", "token", name, "-n", world.namespace, "--duration", "10m")
        assert created.returncode == 0, created.stderr
        return created.stdout.strip()

    return make


@pytest.fixture
def browser(router: RouterProgram) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=router.url, timeout=30, trust_env=False) as client:
        yield client


def may(world: World, name: str, verb: str) -> bool:
    attributes = {"group": "vutler.io", "resource": "agents", "verb": verb, "namespace": world.namespace}
    spec = {"user": f"system:serviceaccount:{world.namespace}:{name}", "resourceAttributes": attributes}
    review = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec}
    answer = world.server.http.post("/apis/authorization.k8s.io/v1/subjectaccessreviews", json=review)
    return bool(answer.json()["status"]["allowed"])


def sign_in(browser: httpx.Client, token: str) -> dict[str, Any]:
    answer = browser.post(SESSION, json={"token": token})
    assert answer.status_code == 201, answer.text
    session: dict[str, Any] = answer.json()
    browser.headers["x-vutler-csrf"] = session["csrf"]
    return session


def agents(browser: httpx.Client) -> list[str]:
    return [agent["id"] for agent in browser.get("/api/v1/agents").json()["agents"]]


def test_somebody_of_one_namespace_sees_that_namespace_and_no_other(
    browser: httpx.Client, person: Token, world: World
) -> None:
    own, other = f"/api/v1/agents/{world.namespace}.ava", "/api/v1/agents/elsewhere.bob"

    session = sign_in(browser, person("get list"))

    assert session["name"].startswith(f"system:serviceaccount:{world.namespace}:person-")
    assert (session["kind"], session["namespaces"]) == ("user", [world.namespace])
    assert agents(browser) == [f"{world.namespace}.ava"]
    assert (browser.get(own).status_code, browser.get(other).status_code) == (200, 404)
    assert (browser.post(f"{own}/stop").status_code, browser.post(f"{other}/stop").status_code) == (403, 404)
    assert browser.get("/api/v1/breakers").status_code == 403
    assert browser.get("/api/v1/usage/summary").status_code == 403
    assert browser.get(f"/api/v1/usage/summary?workspace_id={world.namespace}").status_code == 200


def test_somebody_who_may_change_agents_stops_them(browser: httpx.Client, person: Token, world: World) -> None:
    sign_in(browser, person("get list update"))
    stopped = browser.post(f"/api/v1/agents/{world.namespace}.ava/stop")
    assert (stopped.status_code, stopped.json()["running"]) == (200, False)
    verbs = browser.get(f"{SESSION}/permissions?workspace_id={world.namespace}").json()["verbs"]
    assert verbs == ["get", "list", "update"]


def test_somebody_without_rights_signs_in_and_sees_nothing(browser: httpx.Client, person: Token, world: World) -> None:
    session = sign_in(browser, person(""))
    assert (session["namespaces"], agents(browser)) == ([], [])
    assert browser.get(f"/api/v1/agents/{world.namespace}.ava").status_code == 404


def test_a_session_ends_with_its_token(browser: httpx.Client, person: Token) -> None:
    sign_in(browser, person("get"))
    (cookie,) = browser.cookies.jar
    remaining = (cookie.expires or 0) - time.time()
    assert 500 < remaining <= 600


def test_the_routers_own_token_signs_in_the_router_which_may_not_change_by_update(
    browser: httpx.Client, account: Account, world: World
) -> None:
    session = sign_in(browser, (account.folder / "token").read_text())
    assert session["name"] == f"system:serviceaccount:{world.namespace}:vutler-router"
    assert session["namespaces"] == [world.namespace]
    assert browser.post(f"/api/v1/agents/{world.namespace}.ava/stop").status_code == 403


@pytest.mark.parametrize("spoilt", ["signature", "garbage"])
def test_a_token_that_the_api_server_does_not_know_signs_nobody_in(
    browser: httpx.Client, person: Token, spoilt: str
) -> None:
    token = f"{person('get')[:-8]}AAAAAAAA" if spoilt == "signature" else "garbage"
    assert browser.post(SESSION, json={"token": token}).status_code == 401


def test_without_the_right_to_review_the_remedy_is_told_and_the_admin_token_works(
    world: World, browser: httpx.Client, person: Token
) -> None:
    token = person("get")
    path = f"/apis/{RBAC}/clusterrolebindings/vutler-router-sign-in.{world.namespace}"
    binding = world.server.http.get(path).json()
    world.server.http.delete(path)
    try:

        def refused() -> bool:
            answer = browser.post(SESSION, json={"token": token})
            return answer.status_code == 503 and answer.json()["error"]["code"] == "reviews_not_granted"

        eventually(refused, "the right is gone", seconds=30)
        assert sign_in(browser, ADMIN_TOKEN)["kind"] == "admin"
    finally:
        binding["metadata"] = {"name": binding["metadata"]["name"], "labels": binding["metadata"]["labels"]}
        world.server.http.post(f"/apis/{RBAC}/clusterrolebindings", json=binding)
        eventually(lambda: browser.post(SESSION, json={"token": token}).status_code == 201, "it is back", seconds=30)
