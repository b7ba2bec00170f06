import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest

from hack.demo.conversation import admin_token, router_address
from tests.support.host_upstream import HostUpstream, Rule
from tests.support.openai_words import OpenAIWords
from tests.support.platform import Platform, agent, key_secret
from tests.support.provider_words import Spoken, ToolCall
from tests.support.scripted_upstream import Received, Reply

pytestmark = [pytest.mark.node, pytest.mark.timeout(1800)]

WORDS = OpenAIWords()
TOOL = "session_status"
"""A tool that OpenClaw sends with every request."""

MODELS = {"tools": "gpt-4o", "code": "gpt-4.1", "reasoning": "gpt-4.1-mini", "conversation": "gpt-4o-mini"}
CONFIG: dict[str, object] = {
    "apiVersion": "vutler.io/v1alpha1",
    "kind": "LLMConfig",
    "metadata": {"name": "routed"},
    "spec": {
        "mode": "BYOKey",
        "provider": "openai",
        "model": "gpt-4.1-nano",
        "apiKeySecretRef": {"name": "key-openai", "key": "api-key"},
        "routing": {
            "mode": "Keywords",
            "categories": [{"name": name, "models": [model]} for name, model in MODELS.items()],
        },
    },
}
ROWS_SECONDS = 10.0


@dataclass(frozen=True)
class Talk:
    """One conversation with a real agent, and the provider that plays all models."""

    upstream: HostUpstream
    http: httpx.Client
    agent_id: str

    def say(self, words: str) -> tuple[str, list[str]]:
        """Say something, and return the answer and the models that were asked for it."""
        self.upstream.received.clear()
        turn = {"message": words, "via": "agent", "user": "anna"}
        answer = self.http.post(f"/api/v1/agents/{self.agent_id}/chat", json=turn)
        assert answer.status_code == 200, answer.text
        return answer.json()["content"].strip(), [request.json["model"] for request in self.upstream.received]

    def categories(self, requests: int) -> dict[str, int]:
        """Return the requests of each category, once so many are counted."""
        deadline = time.monotonic() + ROWS_SECONDS
        while True:
            usage = self.http.get(f"/api/v1/agents/{self.agent_id}/usage?period=day").json()
            if usage["requests"] >= requests or time.monotonic() > deadline:
                return {line["category"]: line["requests"] for line in usage["by_category"]}
            time.sleep(0.2)


@pytest.fixture
def talk(platform: Platform, providers: HostUpstream) -> Iterator[Talk]:
    namespace = f"test-{uuid.uuid4().hex[:8]}"
    platform.target.run("kubectl", "create", "namespace", namespace)
    manifests = [key_secret("openai"), CONFIG, agent("ava", llmConfigRef={"name": "routed"})]
    platform.target.apply(manifests, namespace)
    platform.wait_ready(namespace, "ava")
    headers = {"authorization": f"Bearer {admin_token(platform.target)}"}
    with (
        router_address(platform.target) as address,
        httpx.Client(base_url=address, headers=headers, timeout=180) as http,
    ):
        yield Talk(providers, http, f"{namespace}.ava")
    platform.target.run("kubectl", "delete", "namespace", namespace, "--wait=false")


def saying(text: str) -> Rule:
    return lambda _: WORDS.streamed(Spoken(words=tuple(f"{word} " for word in text.split())))


def calling_first(request: Received) -> Reply:
    """Call the tool, and answer once its result is there."""
    if WORDS.results(request):
        return saying("your session is fine")(request)
    return WORDS.streamed(Spoken(words=("Let me look. ",), calls=(ToolCall("call_1", {}, TOOL),)))


def test_a_real_conversation_of_five_turns(talk: Talk) -> None:
    for category in ("code", "reasoning", "conversation"):
        talk.upstream.rules[MODELS[category]] = saying(f"said by {category}")
    talk.upstream.rules[MODELS["tools"]] = calling_first

    said = [
        talk.say("Hello! How are you today?"),
        talk.say("Write a Python function that reverses a string."),
        talk.say("thanks"),
        talk.say("Prove that the square root of 2 is irrational."),
        talk.say("Show me the status of this session, please."),
    ]

    assert said == [
        ("said by conversation", [MODELS["conversation"]]),
        ("said by code", [MODELS["code"]]),
        ("said by code", [MODELS["code"]]),
        ("said by reasoning", [MODELS["reasoning"]]),
        ("your session is fine", [MODELS["tools"]] * 2),
    ]
    assert talk.categories(6) == {"conversation": 1, "code": 2, "reasoning": 1, "tools": 2}
