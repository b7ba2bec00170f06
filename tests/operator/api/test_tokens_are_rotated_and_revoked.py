import base64
import hashlib
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count, islice
from pathlib import Path

import httpx
import pytest

from tests.operator.api.kubelet import bring_up
from tests.operator.api.operator_process import OperatorProcess, eventually, run_operator
from tests.operator.api.real_router import RealRouter
from tests.operator.api.router_stand_in import StandInRouter
from tests.operator.api.world import World
from vutler_operator.reconcile.tokens import are_due

MINTED_AT = "vutler.io/minted-at"
LONG_AGO = "2026-01-01T00:00:00Z"


@pytest.fixture
def own_operator(world: World, own_router: StandInRouter, tmp_path: Path) -> Iterator[OperatorProcess]:
    """Run an operator for which a day is old, and which rolls one agent at a time."""
    settings = {"OPERATOR_TOKEN_MAX_AGE": "1d", "OPERATOR_ROLLOUTS": "1"}
    with run_operator(world.server.kubeconfig, own_router.url, tmp_path, world.namespace, **settings) as operator:
        yield operator
        assert "Traceback" not in operator.log.read_text()


def names_whose_day_it_is(namespace: str) -> Iterator[str]:
    """Return agents whose tokens, if they are old, are due now and for some minutes."""
    now = datetime.now(UTC)
    for number in count():
        metadata = {"namespace": namespace, "name": f"a{number}-credentials", "annotations": {MINTED_AT: LONG_AGO}}
        looks = [now + timedelta(minutes=minutes) for minutes in range(10)]
        if all(are_due({"metadata": metadata}, timedelta(days=1), look) for look in looks):
            yield f"a{number}"


def tokens(world: World, agent: str) -> tuple[str, ...]:
    data = world.get("Secret", f"{agent}-credentials")["data"]
    return tuple(base64.b64decode(data[key]).decode() for key in ("router-token", "gateway-token"))


def minted_at(world: World, agent: str) -> str:
    return str(world.get("Secret", f"{agent}-credentials")["metadata"]["annotations"][MINTED_AT])


def test_old_tokens_are_replaced_one_agent_after_the_other_and_roll_each_pod_once(
    own_operator: OperatorProcess, own_router: StandInRouter, world: World
) -> None:
    agents = first, second, young = tuple(islice(names_whose_day_it_is(world.namespace), 3))
    for name in agents:
        world.agent(name)
    eventually(lambda: are_up(world, agents), "all are ready", seconds=60)
    own_operator.settle()
    before = {name: tokens(world, name) for name in agents}
    generations = {name: world.get("Deployment", name)["metadata"]["generation"] for name in agents}

    for name in (first, second):
        world.patch("Secret", f"{name}-credentials", {"metadata": {"annotations": {MINTED_AT: LONG_AGO}}})

    def rotated() -> list[str]:
        return [name for name in agents if tokens(world, name) != before[name]]

    eventually(lambda: waits(own_operator) == 1, "the other one waits", seconds=40)
    own_operator.settle()
    assert len(rotated()) == 1
    eventually(lambda: are_up(world, agents) and len(rotated()) == 2, "the other one's turn", seconds=60)
    own_operator.settle()

    assert rotated() == [first, second]
    after = {name: world.get("Deployment", name)["metadata"]["generation"] for name in agents}
    assert after == {name: generations[name] + (name != young) for name in agents}
    assert LONG_AGO not in {minted_at(world, name) for name in agents}
    for name in agents:
        digest = hashlib.sha256(tokens(world, name)[0].encode()).hexdigest()
        record = own_router.agents[f"{world.namespace}.{name}"]
        assert (record["token_sha256"], record["gateway"]["token"]) == (digest, tokens(world, name)[1])


def are_up(world: World, agents: Iterable[str]) -> bool:
    """Bring up what is down, and tell whether all were up."""
    bring_up(world)
    return all(world.condition(name).get("reason") == "AgentReady" for name in agents)


def waits(operator: OperatorProcess) -> int:
    found = re.search(r"^vutler_operator_rollouts_waiting (\S+)$", operator.metrics(), re.MULTILINE)
    return int(float(found[1])) if found else -1


@pytest.fixture
def real_router(tmp_path: Path) -> Iterator[RealRouter]:
    router = RealRouter(tmp_path)
    router.start()
    yield router
    router.stop()


def test_a_token_is_good_until_its_agent_is_deleted_and_a_rotated_one_for_a_moment_longer(
    world: World, real_router: RealRouter, tmp_path: Path
) -> None:
    def status(token: str) -> int:
        headers = {"Authorization": f"Bearer {token}"}
        usage = f"{real_router.url}/api/v1/agents/{world.namespace}.ava/usage"
        return httpx.get(usage, headers=headers, trust_env=False).status_code

    with run_operator(world.server.kubeconfig, real_router.url, tmp_path, world.namespace):
        world.agent()
        world.await_reason("Synced", "RouterSynced", seconds=40)
        old = tokens(world, "ava")[0]
        assert status(old) == 200

        world.patch("Agent", "ava", {"metadata": {"annotations": {"vutler.io/rotate-tokens": "1"}}})
        eventually(lambda: tokens(world, "ava")[0] != old, "a new token", seconds=40)
        new = tokens(world, "ava")[0]
        eventually(lambda: status(new) == 200, "the router takes the new token", seconds=40)
        assert status(old) == 200, "the old pod still finishes its work"

        world.delete("Agent", "ava")
        eventually(lambda: status(new) == 401, "the new token is refused", seconds=40)
        assert status(old) == 401
