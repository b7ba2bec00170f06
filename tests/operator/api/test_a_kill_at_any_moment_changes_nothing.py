"""Fifty creations and edits, twice at the same time: under an operator that nobody disturbs, and under one that is
killed with SIGKILL again and again. In the end both namespaces look the same.
"""

import json
import os
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.operator.api.edits import Edit, prepare, write_script
from tests.operator.api.operator_process import eventually, run_operator, start_operator
from tests.operator.api.router_stand_in import StandInRouter
from tests.operator.api.world import PATHS, Object, World

SEED = int(os.environ.get("VUTLER_TESTS_SEED", "8"))
EDITS = 50
KILLS = 8
WITHOUT_TURNS = {"OPERATOR_ROLLOUTS": "100"}
"""No pod gets ready here, so a template that has to wait for turns would wait for ever."""

PASSING = ("uid", "resourceVersion", "creationTimestamp", "managedFields", "lastTransitionTime", "updatedAt")
OF_TOKENS = ("vutler.io/inputs", "vutler.io/desired-hash", "vutler.io/minted-at", "token_sha256", "token", "revision")
OF_THE_CLUSTER = ("clusterIP", "clusterIPs", "deployment.kubernetes.io/revision")
CUSTOM = ("Agent", "LLMConfig", "AgentTemplate")
COMPARED = tuple(kind for kind in PATHS if kind not in {"Event", "Pod"})


@pytest.fixture
def calm(world: World) -> Iterator[World]:
    """Make a second namespace."""
    with world.server.namespace(f"{world.namespace}-calm") as name:
        yield World(world.server, name)


@pytest.mark.timeout(400)
def test_the_same_edits_end_in_the_same_state(
    world: World, calm: World, own_router: StandInRouter, tmp_path: Path
) -> None:
    chance = random.Random(SEED)  # noqa: S311  the same for the same seed
    script = write_script(SEED, EDITS)
    kubeconfig, url = world.server.kubeconfig, own_router.url
    for each in (world, calm):
        prepare(each)

    with run_operator(kubeconfig, url, tmp_path, calm.namespace, **WITHOUT_TURNS):
        for number in range(KILLS):
            part = script[number * EDITS // KILLS : (number + 1) * EDITS // KILLS]
            while_away = chance.randrange(len(part))
            make(part[:while_away], calm, world)
            with start_operator(kubeconfig, url, tmp_path, world.namespace, **WITHOUT_TURNS) as operator:
                make(part[while_away:], calm, world)
                time.sleep(chance.uniform(0, 0.5))  # a moment that nothing determines
                operator.process.kill()
        with run_operator(kubeconfig, url, tmp_path, world.namespace, **WITHOUT_TURNS) as last:
            eventually(
                lambda: state(world, own_router) == state(calm, own_router) and is_settled(calm),
                lambda: difference(state(world, own_router), state(calm, own_router)),
                seconds=60,
            )
            last.settle()

    assert state(world, own_router) == state(calm, own_router)
    assert len(world.all("Agent")) > 3


def make(edits: list[Edit], *worlds: World) -> None:
    for edit in edits:
        for world in worlds:
            edit.apply(world)


def is_settled(world: World) -> bool:
    """Tell whether the operator has seen the last edit of every Agent and LLMConfig."""
    objects = [*world.all("Agent"), *world.all("LLMConfig")]
    return all(obj.get("status", {}).get("observedGeneration") == obj["metadata"]["generation"] for obj in objects)


def state(world: World, router: StandInRouter) -> dict[str, Any]:
    """Return everything that the operator answers for, without what differs between any two namespaces."""
    objects = {f"{kind} {obj['metadata']['name']}": plain(kind, obj) for kind in COMPARED for obj in world.all(kind)}
    records = {
        f"router {key}": record for key, record in router.agents.items() if key.startswith(f"{world.namespace}.")
    }
    text = json.dumps(objects | {key: without(record) for key, record in records.items()}, sort_keys=True)
    named: dict[str, Any] = json.loads(text.replace(world.namespace, "here"))
    return named


def plain(kind: str, obj: Object) -> Object:
    """Return what is the same for the same wishes; of a Secret only which keys it has."""
    if kind == "Secret":
        obj["data"] = sorted(obj["data"])
    if kind not in CUSTOM:
        obj.pop("status", None)
        obj["metadata"].pop("generation", None)  # several wishes may have been fulfilled by one write
    cleaned: Object = without(obj)
    return cleaned


def without(value: Any) -> Any:
    if isinstance(value, dict):
        left_out = {*PASSING, *OF_TOKENS, *OF_THE_CLUSTER}
        return {key: without(inner) for key, inner in value.items() if key not in left_out}
    return [without(inner) for inner in value] if isinstance(value, list) else value


def difference(killed: Any, calm: Any, path: str = "") -> str:
    """Name each place where two states differ."""
    if isinstance(killed, dict) and isinstance(calm, dict):
        keys = sorted(killed.keys() | calm.keys())
        return "".join(difference(killed.get(key), calm.get(key), f"{path}/{key}") for key in keys)
    if isinstance(killed, list) and isinstance(calm, list) and len(killed) == len(calm):
        pairs = enumerate(zip(killed, calm, strict=True))
        return "".join(difference(*pair, path=f"{path}/{number}") for number, pair in pairs)
    return "" if killed == calm else f"\n{path}: {json.dumps(killed)[:200]}, undisturbed {json.dumps(calm)[:200]}"
