import os
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence

import httpx
import pytest

from hack.demo.conversation import admin_token, router_address
from hack.demo.release import ROOT, install
from tests.support.host_upstream import HostUpstream, Rule
from tests.support.openai_words import OpenAIWords
from tests.support.platform import RELEASE_VALUES, Platform
from tests.support.provider_words import Spoken, ToolCall
from tests.support.scripted_upstream import Received, Reply

pytestmark = [pytest.mark.node, pytest.mark.timeout(1800)]

WORDS = OpenAIWords()
TEAM = ("jarvis-maitre", "codeur", "validateur", "base")
REAL_KEYS: Mapping[str, str] = {
    "gemini": os.environ.get("VUTLER_TESTS_GEMINI_KEY", ""),
    "openrouter": os.environ.get("VUTLER_TESTS_OPENROUTER_KEY", ""),
}
"""With both, real models play the team."""

WISH = "Écris une calculatrice en Python."
CODE = "def additionne(a, b): return a + b"
PLACE = "/shared/projets/calculatrice/calculatrice.py"
SOON_SECONDS = 30.0


def spoken(text: str) -> Spoken:
    return Spoken(words=tuple(f"{word} " for word in text.split()))


def played(request: Received, calls: Sequence[tuple[str, dict[str, object]]], end: str) -> Reply:
    """Play a model that makes these calls one after the other, and then says how it ended."""
    results = WORDS.results(request)
    if len(results) == len(calls):
        return WORDS.streamed(spoken(end.format(*(text for _, text in results))))
    name, arguments = calls[len(results)]
    call = ToolCall(f"call_{len(results)}", arguments, f"platform__{name}")
    return WORDS.streamed(Spoken(words=("Bien. ",), calls=(call,)))


def master(request: Received) -> Reply:
    calls: list[tuple[str, dict[str, object]]] = [
        ("agent_ask", {"agent": "codeur", "message": WISH}),
        ("agent_ask", {"agent": "validateur", "message": f"Contrôle ce code : {CODE}"}),
        ("agent_ask", {"agent": "base", "message": f"Range ce code : {CODE}"}),
    ]
    return played(request, calls, "RAPPORT code: {0} contrôle: {1} rangé: {2}")


def worker(request: Received) -> Reply:
    """Play whoever's prompt the request carries."""
    prompt = str(request.json["messages"][0]["content"])
    if "# CODEUR" in prompt:
        return played(request, [], CODE)
    if "# VALIDATEUR" in prompt:
        return played(request, [], "VALIDÉ")
    return played(request, [("drive_write", {"path": PLACE, "content": CODE})], PLACE)


RULES: Mapping[str, Rule] = {
    "gemini-2.5-pro": master,
    "anthropic/claude-sonnet-4": worker,
    "anthropic/claude-haiku-4.5": worker,
}


@pytest.fixture
def team(platform: Platform, providers: HostUpstream) -> Iterator[tuple[str, httpx.Client]]:
    """Apply the example as it is; unless there are real keys, a server of this machine plays the models."""
    if all(REAL_KEYS.values()):
        own = {name: url for name, url in providers.chart_values().items() if name.rpartition(".")[2] not in REAL_KEYS}
        install(platform.target, platform.build, {**RELEASE_VALUES, **own})
    providers.rules.update(RULES)
    namespace = f"test-{uuid.uuid4().hex[:8]}"
    platform.target.run("kubectl", "create", "namespace", namespace)
    platform.target.run("kubectl", "apply", "-n", namespace, "-f", str(ROOT / "examples" / "jarvis-team"))
    if all(REAL_KEYS.values()):
        secret = {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "jarvis-keys"},
            "stringData": {**REAL_KEYS},
        }
        platform.target.apply([secret], namespace)
    for name in TEAM:
        platform.wait_ready(namespace, name, seconds=300)
    headers = {"authorization": f"Bearer {admin_token(platform.target)}"}
    with (
        router_address(platform.target) as address,
        httpx.Client(base_url=address, headers=headers, timeout=600) as http,
    ):
        yield namespace, http
    platform.target.run("kubectl", "delete", "namespace", namespace, "--wait=false")


def test_a_wish_goes_through_the_whole_team_and_comes_back_as_a_report(team: tuple[str, httpx.Client]) -> None:
    namespace, http = team
    turn = {"message": WISH, "via": "agent"}
    answer = http.post(f"/api/v1/agents/{namespace}.jarvis-maitre/chat", json=turn)
    assert answer.status_code == 200, answer.text
    report = answer.json()["content"]

    if not all(REAL_KEYS.values()):
        for part in ("RAPPORT", CODE, "VALIDÉ", PLACE):
            assert part in report
        listed = http.get(
            "/api/v1/drive/files", params={"workspace_id": namespace, "path": "/shared/projets/calculatrice"}
        )
        assert [file["path"] for file in listed.json()["files"]] == [PLACE]
    assert report
    calls = audited(http, namespace, 3)
    assert [call["target"] for call in reversed(calls)] == ["codeur", "validateur", "base"]
    (tree_id,) = {call["tree_id"] for call in calls}
    tree = http.get(f"/api/v1/usage/trees/{tree_id}")
    assert tree.status_code == 200, tree.text
    for name in TEAM:
        assert f"{namespace}.{name}" in tree.text


def audited(http: httpx.Client, namespace: str, count: int) -> list[dict[str, str]]:
    """Return the master's calls, the newest first, once so many are on record."""
    deadline = time.monotonic() + SOON_SECONDS
    while True:
        listed: list[dict[str, str]] = http.get(
            "/api/v1/audit", params={"agent_id": f"{namespace}.jarvis-maitre"}
        ).json()["calls"]
        if len(listed) >= count or time.monotonic() > deadline:
            return listed
        time.sleep(0.2)
