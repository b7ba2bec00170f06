"""The whole platform on a real node, once per test session: cluster, images, chart, and agents in fresh namespaces."""

import os
import re
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import pytest

from hack.demo.agent import AgentState, wait_for
from hack.demo.conversation import admin_token, ask, router_address
from hack.demo.release import image_build, install, load_images
from hack.demo.target import Target, bring_up, tool
from tests.support.post_mortem import FAILED, print_post_mortem

CLUSTER = "test"
"""Name of the tests' own cluster; it lives beside a demo without touching it."""

ECHO = {"apiVersion": "vutler.io/v1alpha1", "kind": "LLMConfig", "metadata": {"name": "default"}} | {
    "spec": {"mode": "Managed", "tier": "economy"}
}
"""Model settings that the built-in echo answers, as the tests' release has it."""


def agent(name: str, **spec: object) -> dict[str, object]:
    """Return an Agent manifest with the `default` LLMConfig and whatever else `spec` says."""
    body = {"llmConfigRef": {"name": "default"}, "systemPrompt": f"You are {name}.", **spec}
    return {"apiVersion": "vutler.io/v1alpha1", "kind": "Agent", "metadata": {"name": name}, "spec": body}


def key_secret(name: str) -> dict[str, object]:
    """Return a Secret `key-<name>` that holds a provider's key."""
    reference = {"name": f"key-{name}"}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": reference, "stringData": {"api-key": f"sk-{name}"}}


@dataclass(frozen=True, slots=True)
class Platform:
    """A release of the chart on a real node; sockets of the test process stay on loopback (port-forward)."""

    target: Target
    build: str

    def wait_ready(self, namespace: str, name: str, *, tokens: int = 0, seconds: float = 180) -> AgentState:
        """Wait until the Agent is Ready."""
        return wait_for(self.target, namespace, name, tokens=tokens, seconds=seconds)

    def wait_until(self, seen: Callable[[], str], pattern: str, *, seconds: float = 60) -> str:
        """Return what `seen` returns as soon as it matches `pattern`; fail with the last of it when it never does."""
        deadline = time.monotonic() + seconds
        while not re.search(pattern, text := seen()):
            if time.monotonic() > deadline:
                pytest.fail(f"not seen within {seconds:.0f} s: {pattern!r}; last seen:\n{text}")
            time.sleep(0.5)
        return text

    def describe(self, namespace: str, name: str) -> str:
        """Return what `kubectl describe agent` prints."""
        return self.target.run("kubectl", "describe", "agents.vutler.io", name, "-n", namespace)

    def ask(self, namespace: str, name: str, question: str) -> str:
        """Ask an agent through its own pod."""
        with router_address(self.target) as address:
            return ask(address, admin_token(self.target), f"{namespace}.{name}", question)


@pytest.fixture(scope="session")
def platform() -> Iterator[Platform]:
    """Bring the platform up with echo as the managed provider, and everything down afterwards.

    Always on a cluster of its own: a `KUBECONFIG` in somebody's shell is not an invitation to install things there.
    """
    with pytest.MonkeyPatch.context() as shell:
        shell.delenv("KUBECONFIG", raising=False)
        with image_build() as archives:
            target, built = bring_up(CLUSTER), archives()
    try:
        build = load_images(target, CLUSTER, built)
        install(target, build, RELEASE_VALUES)
        yield Platform(replace(target, node_address=None), build)
    finally:
        if not os.environ.get("VUTLER_TESTS_KEEP_CLUSTER"):
            tool("cluster", "down", "--name", CLUSTER)


RELEASE_VALUES: Mapping[str, str] = {"managed.provider": "echo"}
"""What the tests' release differs in from the chart's defaults."""


@pytest.fixture
def namespace(platform: Platform, request: pytest.FixtureRequest) -> Iterator[str]:
    """Make a namespace for one test, with an LLMConfig `default` in it, and delete it afterwards.

    When the test failed, what the namespace was like is printed first.
    """
    name = f"test-{uuid.uuid4().hex[:8]}"
    platform.target.run("kubectl", "create", "namespace", name)
    platform.target.apply([ECHO], name)
    yield name
    if request.node.stash.get(FAILED, False):
        print_post_mortem(platform.target, name)
    platform.target.run("kubectl", "delete", "namespace", name, "--wait=false")
