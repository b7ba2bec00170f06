import base64
import os
from pathlib import Path

import httpx
import pytest

from tests.support.router_program import router_program, run_to_end
from tests.support.running_router import ADMIN_TOKEN, KEY
from tests.support.scripted_upstream import ScriptedUpstream, answer

pytestmark = pytest.mark.process

A, B, C = (base64.b64encode(os.urandom(32)).decode() for _ in range(3))
ADMIN = {"authorization": f"Bearer {ADMIN_TOKEN}"}
BODY = {"messages": [{"role": "user", "content": "Hello"}]}


async def rotate(folder: Path, keys: str) -> tuple[int, list[str]]:
    code, said = await run_to_end("rotate-keys", ROUTER_DATA_DIR=str(folder / "data"), LLM_ENCRYPTION_KEY=keys)
    return code, said.splitlines()


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def make_agent(http: httpx.AsyncClient) -> dict[str, str]:
    """Make an agent with its own key and return the headers it comes with."""
    created = await http.post("/api/v1/agents", json={"id": "team-a.ava"}, headers=ADMIN)
    settings = {"provider": "openai", "model": "scripted-1", "api_key": KEY}
    stored = await http.put("/api/v1/agents/team-a.ava/llm-config", json=settings, headers=ADMIN)
    assert stored.status_code == 200, stored.text
    return {"authorization": f"Bearer {created.json()['token']}"}


async def test_a_router_with_the_new_key_alone_answers_with_what_the_old_one_sealed(
    tmp_path: Path, free_port: int
) -> None:
    async with ScriptedUpstream.running(answer("Fine")) as upstream:
        async with (
            router_program(tmp_path, free_port, PROVIDER_URL_OPENAI=upstream.url, LLM_ENCRYPTION_KEY=A) as router,
            httpx.AsyncClient(base_url=router.url) as http,
        ):
            own = await make_agent(http)
        async with (
            router_program(
                tmp_path, free_port, PROVIDER_URL_OPENAI=upstream.url, LLM_ENCRYPTION_KEY=f"{B},{A}"
            ) as router,
            httpx.AsyncClient(base_url=router.url) as http,
        ):
            rotated = await rotate(tmp_path, f"{B},{A}")
            meanwhile = await http.post("/v1/chat/completions", json=BODY, headers=own)
        async with (
            router_program(tmp_path, free_port, PROVIDER_URL_OPENAI=upstream.url, LLM_ENCRYPTION_KEY=B) as router,
            httpx.AsyncClient(base_url=router.url) as http,
        ):
            afterwards = await http.post("/v1/chat/completions", json=BODY, headers=own)
    summary = "1 agents, 1 secrets sealed anew, 0 already current, 0 unreadable"
    assert rotated == (0, ["1 agents looked at.", summary])
    assert (meanwhile.status_code, afterwards.status_code) == (200, 200), afterwards.text
    assert [request.headers["authorization"] for request in upstream.received] == [f"Bearer {KEY}"] * 2
    again = "1 agents, 0 secrets sealed anew, 1 already current, 0 unreadable"
    assert await rotate(tmp_path, B) == (0, ["1 agents looked at.", again])


async def test_a_secret_that_no_key_opens_is_named_with_the_remedy(tmp_path: Path, free_port: int) -> None:
    async with (
        router_program(tmp_path, free_port, LLM_ENCRYPTION_KEY=A) as router,
        httpx.AsyncClient(base_url=router.url) as http,
    ):
        await make_agent(http)
        code, said = await rotate(tmp_path, f"{C},{B}")
    assert code == 1
    assert said[1] == "team-a.ava: the key for openai cannot be opened."
    assert said[2].startswith("Add the key that sealed these to the end of LLM_ENCRYPTION_KEY and run this again")
    assert f"{tmp_path}/data/encryption-key" in said[2]
    assert said[3] == "1 agents, 0 secrets sealed anew, 0 already current, 1 unreadable"


async def test_a_wrong_data_folder_is_named_and_not_made(tmp_path: Path) -> None:
    code, said = await rotate(tmp_path, B)
    assert code == 1
    assert len(said) == 1
    assert said[0].startswith(f"There is no database at {tmp_path}/data/vutler.db;")
    assert names(tmp_path) == []


async def test_a_bad_key_stops_it_with_one_line(tmp_path: Path) -> None:
    code, said = await rotate(tmp_path, "AAAA")
    assert code == 78
    assert [line.partition(":")[0] for line in said] == ["LLM_ENCRYPTION_KEY"]


async def test_the_program_explains_both_its_uses() -> None:
    code, said = await run_to_end("--help")
    assert code == 0
    assert "Without a command it serves" in said
    assert "rotate-keys" in said
    code, said = await run_to_end("rotate-keys", "--help")
    assert code == 0
    assert "LLM_ENCRYPTION_KEY=new,old" in said


async def test_an_unknown_command_is_refused() -> None:
    code, said = await run_to_end("rotate")
    assert code == 2
    assert "rotate-keys" in said
