"""The router's start, stop and health with its own account in a real cluster, and an OpenClaw pod that obeys."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from hack.demo.conversation import admin_token, router_address
from tests.support.platform import Platform, agent

pytestmark = [pytest.mark.node, pytest.mark.timeout(1800)]

FACTS = " ".join(f"fact{number}" for number in range(400))
"""A long message: the built-in echo counts the words of everything it is sent."""

KEPT = 350
"""Words by which a session that holds it is longer than one that does not, at the least."""

SOON = 20
"""Seconds within which a pod that died has to show; it takes two on an idle machine."""


@dataclass(frozen=True)
class Ava:
    """One agent, as the router shows it."""

    platform: Platform
    namespace: str
    http: httpx.Client

    @property
    def path(self) -> str:
        return f"/api/v1/agents/{self.namespace}.ava"

    def turn(self, verb: str) -> int:
        answer = self.http.post(f"{self.path}/{verb}")
        assert answer.is_success, answer.text
        return answer.status_code

    def health(self) -> Any:
        return self.http.get(f"{self.path}/health").json()

    def await_health(self, pattern: str, *, seconds: float) -> Any:
        """Wait for a health whose JSON matches."""
        return json.loads(self.platform.wait_until(lambda: json.dumps(self.health()), pattern, seconds=seconds))

    def tokens_of(self, message: str, session: str) -> int:
        """Say something in a session, and return how much the model was sent for it."""
        before = self._tokens()
        turn = {"message": message, "via": "agent", "user": session}
        answer = self.http.post(f"{self.path}/chat", json=turn)
        assert answer.is_success, answer.text
        counted = self.platform.wait_until(lambda: str(self._tokens() - before), r"^[1-9]")
        return int(counted)

    def volume(self) -> str:
        return self.platform.target.run(
            "kubectl", "get", "pvc", "ava-state", "-n", self.namespace, "-o", "jsonpath={.metadata.uid}"
        )

    def kill(self) -> None:
        """End the pod's first process; whether kubectl hears of its success before that is luck."""
        pod = ("-n", self.namespace, "deployment/ava", "-c", "openclaw")
        self.platform.target.run("kubectl", "exec", *pod, "--", "sh", "-c", "kill -TERM 1", check=False)

    def _tokens(self) -> int:
        return int(self.http.get(f"{self.path}/usage?period=day").json()["tokens_input"])


@pytest.fixture
def ava(platform: Platform, namespace: str) -> Iterator[Ava]:
    platform.target.apply([agent("ava")], namespace)
    platform.wait_ready(namespace, "ava")
    headers = {"authorization": f"Bearer {admin_token(platform.target)}"}
    with (
        router_address(platform.target) as address,
        httpx.Client(base_url=address, headers=headers, timeout=180) as http,
    ):
        yield Ava(platform, namespace, http)


def test_a_stopped_agent_is_gone_and_remembers_when_it_is_started(ava: Ava) -> None:
    ava.tokens_of(f"Remember: {FACTS}", "kept")
    ava.await_health('"status": "alive"', seconds=60)
    volume = ava.volume()

    assert ava.turn("stop") == 202

    assert ava.await_health('"status": "stopp', seconds=SOON)["running"] is False
    pods = ("get", "pods", "-n", ava.namespace, "-o", "name")
    ava.platform.wait_until(lambda: ava.platform.target.run("kubectl", *pods), r"^$", seconds=120)
    stopped = ava.await_health('"status": "stopped"', seconds=30)
    assert (stopped["phase"], stopped["reason"], stopped["live"]) == ("Stopped", "Stopped", False)
    assert ava.turn("stop") == 200
    listed = ava.http.get("/api/v1/agents/running", params={"workspace_id": ava.namespace}).json()
    assert listed["agents"] == []
    assert ava.volume() == volume

    assert ava.turn("start") == 202

    ava.platform.wait_ready(ava.namespace, "ava")
    assert ava.await_health('"status": "alive"', seconds=60)["ready"] is True
    listed = ava.http.get("/api/v1/agents/running", params={"workspace_id": ava.namespace}).json()
    assert [one["agent_id"] for one in listed["agents"]] == [f"{ava.namespace}.ava"]
    assert ava.tokens_of("Well?", "kept") - ava.tokens_of("Well?", "new") > KEPT


def test_a_pod_that_dies_is_not_alive_within_seconds_and_alive_again_once_it_is_back(ava: Ava) -> None:
    ava.await_health('"status": "alive"', seconds=60)

    ava.kill()

    died = ava.await_health('"live": false', seconds=SOON)
    assert died["status"] in {"failing", "starting"}
    assert died["running"] is True
    ava.await_health('"status": "alive"', seconds=180)
