from pathlib import Path

import httpx
import pytest

from tests.support.router_program import router_program
from tests.support.running_router import ADMIN_TOKEN, KEY
from tests.support.scripted_upstream import ScriptedUpstream, answer, delta, event, failure, stream, told

pytestmark = pytest.mark.process

PROMPT = "the-secret-plan-of-the-tests"
GATEWAY_TOKEN = "gateway-token-of-the-tests"
ADMIN = {"authorization": f"Bearer {ADMIN_TOKEN}"}
AGENT = "/api/v1/agents/team-a.ava"


def contents(folder: Path) -> list[tuple[str, bytes]]:
    return [(str(path), path.read_bytes()) for path in folder.rglob("*") if path.is_file()]


async def test_no_key_token_or_prompt_is_in_any_answer_log_metric_or_file(tmp_path: Path, free_port: int) -> None:
    echoed = f"Incorrect key {KEY} for Bearer {KEY}"
    async with (
        ScriptedUpstream.running(answer("Fine")) as upstream,
        router_program(tmp_path, free_port, PROVIDER_URL_OPENAI=upstream.url, ROUTER_LOG_LEVEL="debug") as router,
        httpx.AsyncClient(base_url=router.url) as http,
    ):
        said: list[httpx.Response] = []
        created = await http.post("/api/v1/agents", json={"id": "team-a.ava"}, headers=ADMIN)
        token = created.json()["token"]
        gateway = {"gateway": {"url": "http://127.0.0.1:9", "token": GATEWAY_TOKEN}}
        said.append(await http.put(AGENT, json=gateway, headers=ADMIN))
        settings = {"provider": "openai", "model": "scripted-1", "api_key": KEY}
        said.append(await http.put(f"{AGENT}/llm-config", json=settings, headers=ADMIN))
        said.append(await http.put(f"{AGENT}/llm-config", json={**settings, "model": 7}, headers=ADMIN))
        for reply in (
            answer("Fine"),
            failure(401, echoed),
            failure(400, echoed),
            failure(500, echoed),
            stream(*told(["Fine"])),
            stream(event(delta("Fine")), event({"error": {"message": echoed}})),
        ):
            upstream.play(reply)
            for streamed in (False, True):
                body = {"messages": [{"role": "user", "content": PROMPT}], "stream": streamed}
                own = {"authorization": f"Bearer {token}"}
                said.append(await http.post("/v1/chat/completions", json=body, headers=own))
                turn = {"message": PROMPT, "stream": streamed}
                said.append(await http.post(f"{AGENT}/chat", json=turn, headers=ADMIN))
            said.append(await http.post(f"{AGENT}/llm-test", headers=ADMIN))
        reads = ["/v1/models", "/metrics", "/openapi.json", "/api/v1/agents", AGENT, f"{AGENT}/llm-config"]
        said += [await http.get(path, headers=ADMIN) for path in [*reads, f"{AGENT}/usage", f"{AGENT}/health"]]
    assert len(upstream.received) > 20
    everything = [(r.request.url.path, r.content + str(r.headers).encode()) for r in said]
    everything += contents(tmp_path)
    secrets = [KEY, token, GATEWAY_TOKEN, ADMIN_TOKEN, PROMPT]
    leaks = [(place, secret) for place, content in everything for secret in secrets if secret.encode() in content]
    assert leaks == []
