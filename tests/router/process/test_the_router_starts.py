import re
import socket
import stat
from importlib.metadata import version
from pathlib import Path

import httpx
import pytest

from tests.support.router_program import router_program, run_to_end

pytestmark = pytest.mark.process


async def test_it_tells_its_version() -> None:
    assert await run_to_end("--version") == (0, f"vutler-router {version('vutler')}\n")


async def test_it_explains_itself() -> None:
    code, said = await run_to_end("--help")
    assert code == 0
    assert said.startswith("usage: vutler-router")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ROUTER_PORT", "many"),
        ("ROUTER_ADMIN_TOKEN", "two words"),
        ("LLM_ENCRYPTION_KEY", "AAAA"),
        ("MANAGED_LLM_PROVIDER", "nobody"),
        ("PROVIDER_URL_OPENAI", "ftp://x"),
        ("ROUTER_PROT", "3456"),
        ("TIERS_FILE", "/nowhere/tiers.yaml"),
    ],
)
async def test_a_bad_setting_stops_the_start_with_one_line(tmp_path: Path, name: str, value: str) -> None:
    code, said = await run_to_end(**{"ROUTER_DATA_DIR": str(tmp_path), name: value})
    assert code == 78
    assert len(said.splitlines()) == 1
    assert (value if name == "TIERS_FILE" else name) in said


async def test_a_taken_port_stops_the_start_with_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        code, said = await run_to_end(ROUTER_HOST="127.0.0.1", ROUTER_PORT=port, ROUTER_DATA_DIR=str(tmp_path))
    assert code == 1
    assert said.startswith("ROUTER_HOST, ROUTER_PORT: cannot listen on 127.0.0.1:")
    assert len(said.splitlines()) == 1


async def test_without_an_admin_token_it_makes_one_and_says_where_to_sign_in(tmp_path: Path, free_port: int) -> None:
    async with router_program(tmp_path, free_port, ROUTER_ADMIN_TOKEN="") as router:
        token_file = tmp_path / "data" / "admin-token"
        token = token_file.read_text().strip()
        async with httpx.AsyncClient() as http:
            listed = await http.get(f"{router.url}/api/v1/agents", headers={"authorization": f"Bearer {token}"})
        assert listed.json() == {"agents": [], "next_cursor": None}
        assert stat.S_IMODE(token_file.stat().st_mode) == 0o600
        assert re.findall(r"Sign in: (\S+)", router.log.read_text()) == [f"{router.url}/#token={token}"]
