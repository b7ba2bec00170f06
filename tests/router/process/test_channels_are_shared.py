import asyncio
from pathlib import Path

import pytest

from tests.support.replicas import Replicas
from tests.support.running_router import ADMIN_TOKEN
from tests.support.scripted_upstream import Pause, Reply, ScriptedUpstream, answer
from tests.support.workspace import eventually, give_pod, messages_of

pytestmark = pytest.mark.process

ADMIN = {"authorization": f"Bearer {ADMIN_TOKEN}"}
CHANNEL = "team-a.general"
MENTIONS = 6


async def test_of_two_routers_one_answers_each_mention(tmp_path: Path, database: str) -> None:
    """Both take mentions at the same time, while the agent is slow."""
    slow = Reply(before=(Pause(0.3),), pieces=answer("Here").pieces)
    async with ScriptedUpstream.running() as upstream, ScriptedUpstream.running(slow) as pod:
        replicas = Replicas(tmp_path, database, upstream)
        async with replicas.started("one") as one, replicas.started("other") as other:
            await one.post("/api/v1/agents", json={"id": "team-a.ava"}, headers=ADMIN)
            await give_pod(one, ADMIN, "team-a.ava", pod)
            await one.post("/api/v1/channels", json={"name": "general", "workspace_id": "team-a"}, headers=ADMIN)

            async def known() -> bool:
                turn = {"message": "Hello", "via": "agent"}
                return (await other.post("/api/v1/agents/team-a.ava/chat", json=turn, headers=ADMIN)).is_success

            await eventually(known)
            pod.received.clear()
            posts = [
                http.post(f"/api/v1/channels/{CHANNEL}/messages", json={"text": f"@ava {number}"}, headers=ADMIN)
                for number in range(MENTIONS // 2)
                for http in (one, other)
            ]
            await asyncio.gather(*posts)
            found = await messages_of(other, ADMIN, CHANNEL, 2 * MENTIONS, limit=200)

    assert len(pod.received) == MENTIONS
    answers = [message["answers"] for message in found if message["author_kind"] == "agent"]
    assert len(answers) == len(set(answers)) == MENTIONS
    assert [message["id"] for message in found] == list(range(1, 2 * MENTIONS + 1))
