import base64
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
import yaml

from tests.support.mongo import free_port
from tests.support.program_client import admin_headers
from tests.support.router_program import router_program
from tests.support.running_router import ADMIN_TOKEN
from tests.support.scripted_upstream import ScriptedUpstream
from tests.support.secret_search import Place, Recorder, files_under, leaks, spellings
from tests.support.telltale_run import BEGINNING, PROMPT, Telltale, new_secret

pytestmark = [pytest.mark.process, pytest.mark.asyncio(loop_scope="module")]

TIERS = {"first": "plan-1", "second": "plan-2", "third": "plan-3", "fourth": "plan-4"}
PROVIDERS = ("OPENAI", "MISTRAL", "OPENROUTER", "GEMINI", "GROQ", "MINIMAX")


@dataclass
class Evidence:
    """What the run left behind: while the router ran, and after its end."""

    telltale: Telltale
    recorder: Recorder
    secrets: dict[str, str]
    minted: str
    log: Path
    folder: Path
    running: list[Place] = field(default_factory=list)
    exit_code: int = -1


def tiers_file(folder: Path) -> Path:
    plan = {"price_monthly": 1, "included_tokens": 1, "overage_per_million": 1}
    tiers = [{"id": tier, "name": tier, "models": [f"minimax/{model}"], **plan} for tier, model in TIERS.items()]
    path = folder / "tiers.yaml"
    path.write_text(yaml.safe_dump({"tiers": tiers}))
    return path


def environment(upstream: ScriptedUpstream, folder: Path, master: str, managed: str) -> dict[str, str]:
    urls = {f"PROVIDER_URL_{name}": upstream.url for name in PROVIDERS}
    return {
        **urls,
        "PROVIDER_URL_ANTHROPIC": upstream.url.removesuffix("/v1"),
        "ALLOWED_PRIVATE_ENDPOINTS": "127.0.0.1",
        "LLM_ENCRYPTION_KEY": master,
        "MANAGED_LLM_KEY": managed,
        "MANAGED_LLM_KEY_MISTRAL": new_secret(),
        "ROUTER_LOG_LEVEL": "debug",
        "TIERS_FILE": str(tiers_file(folder)),
    }


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def evidence(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Evidence]:
    """Play the whole run once and stop the router as a pod is stopped."""
    folder, recorder = tmp_path_factory.mktemp("router"), Recorder()
    master, managed = base64.b64encode(os.urandom(32)).decode(), new_secret()
    hooks: Any = {"response": [recorder.note]}
    async with (
        ScriptedUpstream.running() as upstream,
        router_program(folder, free_port(), **environment(upstream, folder, master, managed)) as router,
        httpx.AsyncClient(base_url=router.url, event_hooks=hooks, timeout=60) as http,
    ):
        telltale = Telltale(http, upstream)
        created = await http.post("/api/v1/agents", json={"id": "team-a.minted"}, headers=admin_headers())
        minted = created.json()["token"]
        secrets = {"a key or token": BEGINNING, "a minted token": minted, "the admin token": ADMIN_TOKEN}
        secrets |= {"the master key": master, "a prompt": PROMPT}
        found = Evidence(telltale, recorder, secrets, minted, router.log, folder / "data")
        await telltale.answers()
        await telltale.failures_of_plans(TIERS, managed)
        await telltale.failures_of_pods()
        await telltale.failures_of_providers()
        await telltale.nonsense()
        await telltale.reads()
        found.running = list(files_under(found.folder))
        router.process.send_signal(signal.SIGTERM)
        found.exit_code = await router.end()
        yield found


async def test_the_keys_were_used_and_repeated(evidence: Evidence) -> None:
    unused = [
        key
        for key, line in evidence.telltale.asked.items()
        if not any(key.partition(" for ")[0] in " ".join(sent.headers.values()) for sent in line.received)
    ]
    assert unused == []
    assert len(evidence.telltale.asked) > 300


async def test_the_router_foresaw_all_of_it(evidence: Evidence) -> None:
    assert [str(answer.request.url) for answer in evidence.recorder.answers if answer.status_code == 500] == []
    assert b"request failed" not in evidence.log.read_bytes()
    assert evidence.exit_code == 0


async def test_no_secret_is_in_any_answer_but_a_new_token_in_its_own(evidence: Evidence) -> None:
    first, *others = evidence.recorder.places()
    assert leaks([first], evidence.secrets)[0].startswith("a minted token is in answer 0")
    assert len(leaks([first], evidence.secrets)) == 1
    assert leaks(others, evidence.secrets) == []


async def test_no_secret_is_in_the_log(evidence: Evidence) -> None:
    log = Place("the log", evidence.log.read_bytes())
    assert log.content.count(b"attempt failed") > 300
    assert leaks([log], evidence.secrets) == []


async def test_no_secret_is_in_any_file_of_the_running_router(evidence: Evidence) -> None:
    assert {place.name for place in evidence.running} >= {"vutler.db", "vutler.db-wal", "vutler.db-shm"}
    assert leaks(evidence.running, evidence.secrets) == []


async def test_no_secret_is_in_any_file_that_stays(evidence: Evidence) -> None:
    assert leaks(files_under(evidence.folder), evidence.secrets) == []


@pytest.mark.parametrize("spelling", spellings(BEGINNING))
async def test_a_planted_secret_is_found_however_it_is_spelt(tmp_path: Path, spelling: str) -> None:
    secret = new_secret()
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "planted").write_bytes(b"\0\xff" + spellings(secret)[spelling].upper() + b"\0")
    found = leaks(files_under(tmp_path), {"a key": secret})
    assert [leak.partition(" in planted ")[0] for leak in found] == ["a key is"]
