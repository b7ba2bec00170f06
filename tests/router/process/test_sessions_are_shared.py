from pathlib import Path

import httpx
import pytest

from tests.support.replicas import Replicas
from tests.support.running_router import ADMIN_TOKEN
from tests.support.scripted_upstream import ScriptedUpstream

pytestmark = pytest.mark.process

SESSION = "/api/v1/session"


async def test_who_signed_in_at_one_router_is_known_to_the_other_and_out_of_both_at_once(
    tmp_path: Path, database: str
) -> None:
    async with ScriptedUpstream.running() as upstream:
        replicas = Replicas(tmp_path, database, upstream)
        async with replicas.started("one") as one, replicas.started("other") as other:
            opened = await one.post(SESSION, json={"token": ADMIN_TOKEN})
            other.cookies.update(one.cookies)
            known = await other.get(SESSION)
            refused = await other.post("/api/v1/agents", json={"id": "team-a.ava"})
            created = await other.post(
                "/api/v1/agents", json={"id": "team-a.ava"}, headers={"x-vutler-csrf": opened.json()["csrf"]}
            )
            out = await other.delete(SESSION, headers={"x-vutler-csrf": opened.json()["csrf"]})
            left = await one.get(SESSION, headers=_cookie(one))

    assert known.json() == opened.json()
    assert (refused.status_code, created.status_code, out.status_code) == (403, 201, 204)
    assert (left.status_code, left.json()["error"]["code"]) == (401, "session_expired")


def _cookie(client: httpx.AsyncClient) -> dict[str, str]:
    return {"cookie": "; ".join(f"{name}={value}" for name, value in client.cookies.items())}
