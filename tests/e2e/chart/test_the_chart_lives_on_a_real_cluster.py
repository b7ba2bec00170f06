import json
from collections.abc import Iterator

import pytest

from hack.demo.release import CHART, CREDENTIALS, NAME, NAMESPACE, install
from tests.support.platform import RELEASE_VALUES, Platform, agent

pytestmark = [pytest.mark.node, pytest.mark.timeout(1800)]

SECOND = "second-system"
"""Home of a second release, which sees one namespace only."""


def secret_data(platform: Platform, namespace: str, name: str) -> str:
    return json.dumps(platform.target.get("secret", name, "-n", namespace)["data"], sort_keys=True)


def test_an_upgrade_keeps_secrets_data_and_agents(platform: Platform, namespace: str) -> None:
    platform.target.apply([agent("ava")], namespace)
    platform.wait_ready(namespace, "ava")
    platform.ask(namespace, "ava", "before the upgrade")
    before = platform.wait_ready(namespace, "ava", tokens=1, seconds=60)
    pods = platform.target.run("kubectl", "get", "pods", "-n", namespace, "-o", "name")
    secret = secret_data(platform, NAMESPACE, CREDENTIALS)

    install(platform.target, platform.build, {**RELEASE_VALUES, "podAnnotations.upgraded": "once"})

    assert secret_data(platform, NAMESPACE, CREDENTIALS) == secret
    assert platform.target.run("kubectl", "get", "pods", "-n", namespace, "-o", "name") == pods
    platform.ask(namespace, "ava", "after the upgrade")
    after = platform.wait_ready(namespace, "ava", tokens=before.tokens + 1, seconds=60)
    assert after.tokens > before.tokens


def test_the_releases_own_test_passes(platform: Platform) -> None:
    assert "Succeeded" in platform.target.run("helm", "test", NAME, "--namespace", NAMESPACE, "--timeout", "180s")


@pytest.fixture
def second_release(platform: Platform) -> Iterator[str]:
    platform.target.run("kubectl", "create", "namespace", "seen")
    platform.target.run(
        *("helm", "install", NAME, str(CHART), "--namespace", SECOND, "--create-namespace"),
        *(
            "--set",
            "watchNamespaces={seen}",
            "--set",
            "managed.provider=echo,keepOnUninstall=false",
            "--wait",
            "--timeout",
            "180s",
        ),
    )
    yield SECOND
    platform.target.run("helm", "uninstall", NAME, "--namespace", SECOND, "--ignore-not-found", "--wait")
    platform.target.run("kubectl", "delete", "namespace", SECOND, "seen", "--ignore-not-found")


def test_a_release_for_named_namespaces_holds_no_right_on_secrets_elsewhere(
    platform: Platform, second_release: str
) -> None:
    account = f"system:serviceaccount:{second_release}:{NAME}-operator"

    def may(verb: str, namespace: str) -> str:
        question = ("auth", "can-i", verb, "secrets", "--as", account, "-n", namespace)
        return platform.target.run("kubectl", *question, check=False).strip()

    assert may("list", "seen") == "yes"
    assert may("list", "default") == "no"


def test_uninstalling_removes_everything_but_the_resources_of_people(platform: Platform, second_release: str) -> None:
    platform.target.run("helm", "uninstall", NAME, "--namespace", second_release, "--wait", "--timeout", "120s")

    kinds = "deployment,statefulset,service,pod,pvc,secret,networkpolicy,role,rolebinding,poddisruptionbudget"
    left = platform.target.run("kubectl", "get", kinds, "-n", second_release, "-o", "name")
    assert left == ""
    cluster_wide = platform.target.run("kubectl", "get", "clusterrole,clusterrolebinding", "-o", "name")
    assert second_release not in cluster_wide
    assert "agents.vutler.io" in platform.target.run("kubectl", "get", "crd", "-o", "name")
