"""From the chart of release 0.1.0 to today's with an agent at work.

The image is today's in both: that of the old release cannot be built from here. What the old operator had made is taken
over in `tests/operator/api/test_an_upgrade_rolls_at_most_once.py`.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from hack.demo.release import NAME, NAMESPACE, install
from tests.support.helm import OLD_CHART
from tests.support.platform import RELEASE_VALUES, Platform, agent

pytestmark = [pytest.mark.node, pytest.mark.timeout(1800)]

OPERATOR = {"kind": "ServiceAccount", "name": "vutler-operator", "namespace": NAMESPACE}
GRANTED_SINCE = {
    "apiGroups": ["coordination.k8s.io"],
    "resources": ["leases"],
    "verbs": ["get", "create", "patch", "update"],
}
"""What today's image needs and the old chart did not grant."""


@pytest.fixture
def old_release(platform: Platform) -> Iterator[Platform]:
    """Put the old chart in the place of the platform's release, and today's back whatever happens."""
    rbac = {"apiVersion": "rbac.authorization.k8s.io/v1", "metadata": {"name": "granted-since"}}
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "granted-since"}
    grants = [
        {**rbac, "kind": "Role", "rules": [GRANTED_SINCE]},
        {**rbac, "kind": "RoleBinding", "roleRef": role, "subjects": [OPERATOR]},
    ]
    platform.target.apply(grants, NAMESPACE)
    chosen = {"managed.provider": "echo", "router.service.type": "NodePort", "podAnnotations.build": platform.build}
    settings = [part for name, value in chosen.items() for part in ("--set-string", f"{name}={value}")]
    try:
        platform.target.run(
            *("helm", "upgrade", NAME, str(OLD_CHART), "--namespace", NAMESPACE, "--reset-values"),
            *("--wait", "--timeout", "300s"),
            *settings,
        )
        yield platform
    finally:
        install(platform.target, platform.build, RELEASE_VALUES)
        platform.target.run("kubectl", "delete", "role,rolebinding", "granted-since", "-n", NAMESPACE)


def pod_of(platform: Platform, namespace: str, name: str) -> tuple[str, int]:
    """Return the uid of an agent's only pod, and how often it was restarted."""
    arguments = ("get", "pods", "-n", namespace, "-l", f"vutler.io/agent={name}", "-o", "json")
    (pod,) = json.loads(platform.target.run("kubectl", *arguments))["items"]
    return pod["metadata"]["uid"], pod["status"]["containerStatuses"][0]["restartCount"]


def uid(platform: Platform, kind: str, name: str, namespace: str) -> str:
    found: dict[str, Any] = platform.target.get(kind, name, "-n", namespace)
    return str(found["metadata"]["uid"])


def test_the_agents_pod_its_state_and_its_tokens_stay(old_release: Platform, namespace: str) -> None:
    platform = old_release
    platform.target.apply([agent("ava")], namespace)
    platform.wait_ready(namespace, "ava", seconds=300)
    platform.ask(namespace, "ava", "before the upgrade")
    before = platform.wait_ready(namespace, "ava", tokens=1, seconds=60)
    pod, claim = pod_of(platform, namespace, "ava"), uid(platform, "pvc", "ava-state", namespace)
    tokens = platform.target.get("secret", "ava-credentials", "-n", namespace)["data"]

    install(platform.target, platform.build, RELEASE_VALUES)

    platform.ask(namespace, "ava", "after the upgrade")
    after = platform.wait_ready(namespace, "ava", tokens=before.tokens + 1, seconds=60)
    assert after.tokens > before.tokens, "the router kept what it had counted"
    assert pod_of(platform, namespace, "ava") == pod, "the same pod, never restarted"
    assert uid(platform, "pvc", "ava-state", namespace) == claim
    assert platform.target.get("secret", "ava-credentials", "-n", namespace)["data"] == tokens
