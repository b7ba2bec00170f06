import json
import time

import pytest

from tests.support.platform import Platform, agent

pytestmark = [pytest.mark.node, pytest.mark.timeout(1800)]

CHILDREN = "deployment,service,configmap,secret,serviceaccount,networkpolicy,pvc,pod"


def test_a_manifest_becomes_an_agent_that_answers_through_the_whole_path(platform: Platform, namespace: str) -> None:
    applied = time.monotonic()
    platform.target.apply([agent("ava", displayName="Ava")], namespace)
    platform.wait_ready(namespace, "ava")
    assert time.monotonic() - applied < 90  # 13 to 21 s on an idle machine of two cores

    answer = platform.ask(namespace, "ava", "Is anybody there?")

    assert answer.startswith("echo:")
    assert "Is anybody there?" in answer
    state = platform.wait_ready(namespace, "ava", tokens=1, seconds=60)
    shown = platform.target.run("kubectl", "get", "agents", "-n", namespace)
    assert "Running" in shown
    assert f" {state.tokens} " in shown


def test_the_pod_holds_its_own_tokens_and_nothing_of_the_platforms(platform: Platform, namespace: str) -> None:
    platform.target.apply([agent("ava")], namespace)
    platform.wait_ready(namespace, "ava")

    inside = platform.target.run(
        *("kubectl", "exec", "-n", namespace, "deployment/ava", "-c", "openclaw", "--"),
        *("sh", "-c", "id -u; touch /etc/x 2>&1; ls /var/run/secrets/kubernetes.io 2>&1; env"),
    )

    assert inside.startswith("1000\n")
    assert "Read-only file system" in inside
    assert "/var/run/secrets/kubernetes.io': No such file" in inside
    assert "ROUTER_ADMIN_TOKEN" not in inside
    assert "LLM_ENCRYPTION_KEY" not in inside


def test_a_deleted_agent_leaves_nothing_behind(platform: Platform, namespace: str) -> None:
    platform.target.apply([agent("ava")], namespace)
    platform.wait_ready(namespace, "ava")
    volume = platform.target.get("pvc", "ava-state", "-n", namespace)["spec"]
    assert isinstance(volume, dict)

    platform.target.run("kubectl", "delete", "agents.vutler.io", "ava", "-n", namespace)

    def children() -> str:
        listed = platform.target.run("kubectl", "get", CHILDREN, "-n", namespace, "-o", "name")
        return " ".join(line for line in listed.split() if not line.endswith(("kube-root-ca.crt", "/default")))

    assert platform.wait_until(children, r"^$", seconds=90) == ""
    platform.wait_until(lambda: json.dumps(platform.target.get("pv", volume["volumeName"])), r"^\{\}$")


def test_a_stopped_agent_keeps_its_state_and_starts_again(platform: Platform, namespace: str) -> None:
    platform.target.apply([agent("ava")], namespace)
    platform.wait_ready(namespace, "ava")
    marker = "/home/node/.openclaw/workspace/kept"
    platform.target.run("kubectl", "exec", "-n", namespace, "deployment/ava", "-c", "openclaw", "--", "touch", marker)

    platform.target.apply([agent("ava", running=False)], namespace)
    platform.wait_until(lambda: platform.target.run("kubectl", "get", "agents", "-n", namespace), "Stopped")
    platform.wait_until(lambda: platform.target.run("kubectl", "get", "pods", "-n", namespace), r"^$")
    platform.target.apply([agent("ava", running=True)], namespace)
    platform.wait_ready(namespace, "ava")

    platform.target.run("kubectl", "exec", "-n", namespace, "deployment/ava", "-c", "openclaw", "--", "ls", marker)
