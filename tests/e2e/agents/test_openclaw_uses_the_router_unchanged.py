import json
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import httpx
import pytest

from hack.demo.conversation import admin_token, router_address
from tests.support.anthropic_words import AnthropicWords
from tests.support.host_upstream import HostUpstream, Rule
from tests.support.openai_words import OpenAIWords
from tests.support.platform import Platform, agent, key_secret
from tests.support.provider_words import ProviderWords, Spoken, ToolCall
from tests.support.scripted_upstream import Received, Reply

pytestmark = [pytest.mark.node, pytest.mark.timeout(1800)]

WORDS: Mapping[str, ProviderWords] = {"openai": OpenAIWords(), "anthropic": AnthropicWords()}
FALLBACK = "llama-3.3-70b-versatile"
TOOL = "session_status"
"""A tool that every agent has, whatever its skills and servers."""

REFUSALS = (
    (401, "invalid x-api-key: authentication failed"),
    (400, "Your credit balance is too low to access the API. Please go to Plans & Billing to purchase credits."),
    (403, "Access denied: your key does not have permission to use this resource"),
    (400, "the link to the picture has expired, HTTP 403 forbidden"),
)
"""OpenClaw reads the words of an error, whatever its status: on some it asks its model nothing for minutes."""

AT_ONCE = 20
"""Seconds: OpenClaw's own retries and pauses after failures take longer."""


@dataclass(frozen=True)
class Scene:
    """Two agents, `openai` with a fallback and `anthropic` without, and the provider that answers both."""

    upstream: HostUpstream
    http: httpx.Client
    namespace: str

    def ask(self, name: str, question: str, *, streamed: bool = False) -> httpx.Response:
        """Ask an agent through its pod."""
        self.upstream.received.clear()
        turn = {"message": question, "via": "agent", "stream": streamed}
        return self.http.post(f"/api/v1/agents/{self.namespace}.{name}/chat", json=turn)


def llm_config(words: ProviderWords, *fallbacks: object) -> dict[str, object]:
    spec: dict[str, object] = {"mode": "BYOKey", "provider": words.provider, "model": words.model}
    spec |= {"apiKeySecretRef": {"name": f"key-{words.provider}", "key": "api-key"}, "fallbacks": list(fallbacks)}
    metadata = {"name": words.provider}
    return {"apiVersion": "vutler.io/v1alpha1", "kind": "LLMConfig", "metadata": metadata, "spec": spec}


def manifests() -> list[dict[str, object]]:
    groq = {"provider": "groq", "model": FALLBACK, "apiKeySecretRef": {"name": "key-groq", "key": "api-key"}}
    configs = [llm_config(WORDS["openai"], groq), llm_config(WORDS["anthropic"])]
    agents = [agent(name, llmConfigRef={"name": name}) for name in WORDS]
    return [*map(key_secret, ("openai", "anthropic", "groq")), *configs, *agents]


@pytest.fixture(scope="module")
def scene(platform: Platform, providers: HostUpstream) -> Iterator[Scene]:
    namespace = f"test-{uuid.uuid4().hex[:8]}"
    platform.target.run("kubectl", "create", "namespace", namespace)
    platform.target.apply(manifests(), namespace)
    for name in WORDS:
        platform.wait_ready(namespace, name)
    headers = {"authorization": f"Bearer {admin_token(platform.target)}"}
    with (
        router_address(platform.target) as address,
        httpx.Client(base_url=address, headers=headers, timeout=180) as http,
    ):
        yield Scene(providers, http, namespace)
    platform.target.run("kubectl", "delete", "namespace", namespace, "--wait=false")


def saying(words: ProviderWords, text: str) -> Rule:
    return lambda _: words.streamed(Spoken(words=tuple(f"{word} " for word in text.split())))


def calling_first(words: ProviderWords, text: str) -> Rule:
    """Call a tool of the agent, and answer once its result is there."""
    call = Spoken(words=("Let me look. ",), calls=(ToolCall("call_1", {}, TOOL),))

    def rule(request: Received) -> Reply:
        return saying(words, text)(request) if words.results(request) else words.streamed(call)

    return rule


def tools_in(request: Received) -> set[str]:
    return {tool.get("name") or tool["function"]["name"] for tool in request.json["tools"]}


def events(answer: httpx.Response) -> list[dict[str, str]]:
    data = [line.removeprefix("data: ") for line in answer.text.splitlines() if line.startswith("data: ")]
    assert data.pop() == "[DONE]"
    return [json.loads(one) for one in data]


@pytest.mark.parametrize("name", WORDS)
def test_an_answer_comes_back_whole(scene: Scene, name: str) -> None:
    scene.upstream.rules[WORDS[name].model] = saying(WORDS[name], "Good morning to you")
    answer = scene.ask(name, "Hello")
    assert answer.status_code == 200, answer.text
    assert answer.json()["content"].strip() == "Good morning to you"
    (request,) = scene.upstream.received
    assert request.path == WORDS[name].path
    assert f"sk-{name}" in {request.headers.get("x-api-key"), request.headers.get("authorization", "")[7:]}
    assert "Hello" in request.body.decode()


@pytest.mark.parametrize("name", WORDS)
def test_an_answer_comes_back_in_pieces(scene: Scene, name: str) -> None:
    scene.upstream.rules[WORDS[name].model] = saying(WORDS[name], "Good morning to you")
    answer = scene.ask(name, "Hello", streamed=True)
    *pieces, last = events(answer)
    assert "".join(piece["delta"] for piece in pieces).strip() == "Good morning to you"
    assert last["content"].strip() == "Good morning to you"


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "in pieces"])
@pytest.mark.parametrize("name", WORDS)
def test_a_tool_is_called_and_its_result_reaches_the_model(scene: Scene, name: str, *, streamed: bool) -> None:
    words = WORDS[name]
    scene.upstream.rules[words.model] = calling_first(words, "All is well")
    answer = scene.ask(name, "How are you?", streamed=streamed)
    assert answer.status_code == 200, answer.text
    content = events(answer)[-1]["content"] if streamed else answer.json()["content"]
    assert content.strip().endswith("All is well")
    first, second = scene.upstream.received
    assert TOOL in tools_in(first)
    ((_, result),) = words.results(second)
    assert "router" in result


def test_a_fallback_answers_and_the_next_request_is_served_at_once(scene: Scene) -> None:
    words = WORDS["openai"]
    scene.upstream.rules = {words.model: lambda _: words.refusal(503, "busy"), FALLBACK: saying(words, "In its place")}
    asked = time.monotonic()
    answer = scene.ask("openai", "Hello")
    assert answer.json()["content"].strip() == "In its place"
    assert [request.json["model"] for request in scene.upstream.received] == [words.model, FALLBACK]
    scene.upstream.rules[words.model] = saying(words, "Back again")
    assert scene.ask("openai", "Hello").json()["content"].strip() == "Back again"
    assert time.monotonic() - asked < AT_ONCE


@pytest.mark.parametrize(("status", "said"), REFUSALS)
def test_a_refused_key_does_not_keep_the_agent_from_asking_again(scene: Scene, status: int, said: str) -> None:
    words = WORDS["anthropic"]
    scene.upstream.rules[words.model] = lambda _: words.refusal(status, f"{said} (sk-anthropic)")
    asked = time.monotonic()
    refused = scene.ask("anthropic", "Hello")
    assert refused.status_code == 400
    assert "sk-anthropic" not in refused.text
    scene.upstream.rules[words.model] = saying(words, "Back again")
    again = scene.ask("anthropic", "Hello")
    assert again.status_code == 200, again.text
    assert again.json()["content"].strip() == "Back again"
    assert time.monotonic() - asked < AT_ONCE
