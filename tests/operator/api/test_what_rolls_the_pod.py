"""Every change at once, each on an agent of its own; then each is looked at."""

import base64
import json
import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.operator.api.operator_process import ROOT, OperatorProcess, eventually
from tests.operator.api.pod_inputs import OF_THE_AGENT, ROWS, Spec
from tests.operator.api.router_stand_in import StandInRouter
from tests.operator.api.world import Object, World
from tests.support.api_server import ApiServer

CRD = yaml.safe_load((Path(ROOT) / "crds/agent.yaml").read_text())
SECONDS = 90.0
UNCHANGED = ("Secret", "Service", "ServiceAccount", "NetworkPolicy", "PersistentVolumeClaim", "ConfigMap")
"""Children that have no status of others: each version is a write of the operator's."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """How an agent's children are."""

    generation: int
    template: Object
    replica_sets: int
    config: Object
    versions: dict[str, str]
    record: Any


@dataclass(frozen=True, slots=True)
class Outcome:
    """How all agents were, are, and which changes the API server refused."""

    before: dict[str, Snapshot]
    after: dict[str, Snapshot]
    refused: dict[str, str]


@dataclass(frozen=True, slots=True)
class Stage:
    """A namespace with an agent per row."""

    world: World
    router: StandInRouter
    names: dict[str, str]

    def build(self) -> None:
        for name, row in ROWS.items():
            for (kind, of), content in row.given.items():
                self.world.create(*_body(kind, self._own(of, name)), **self._own(_content(kind, content), name))
            self.world.agent(self.names[name], **self._own(row.before, name))

    def change(self) -> dict[str, str]:
        refused = {}
        for name, row in ROWS.items():
            for (kind, of), content in row.changed.items():
                self.world.patch(kind, self._own(of, name), self._own(_content(kind, content), name))
            change = {"metadata": {"annotations": row.annotations}, "spec": self._own(row.after, name)}
            if row.effect == "refused":
                refused[name] = self._try(self.names[name], change)
            elif row.after or row.annotations:
                self.world.patch("Agent", self.names[name], change)
        return refused

    def look(self) -> dict[str, Snapshot]:
        """Read everything in a few lists."""
        found: dict[str, dict[str, Object]] = {kind: self._by_agent(kind) for kind in ("Deployment", *UNCHANGED)}
        path = f"/apis/apps/v1/namespaces/{self.world.namespace}/replicasets"
        sets = [item["metadata"]["labels"]["vutler.io/agent"] for item in self._list(path)]
        return {
            row: Snapshot(
                generation=found["Deployment"][name]["metadata"]["generation"],
                template=found["Deployment"][name]["spec"]["template"],
                replica_sets=sets.count(name),
                config=found["ConfigMap"][name]["data"],
                versions={
                    kind: found[kind][name]["metadata"]["resourceVersion"] for kind in UNCHANGED if name in found[kind]
                },
                record=self.router.agents[f"{self.world.namespace}.{name}"],
            )
            for row, name in self.names.items()
        }

    def is_built(self) -> bool:
        """Tell whether the operator and the Deployment controller have done everything."""
        deployments = self._by_agent("Deployment")
        return all(
            name in deployments
            and f"{self.world.namespace}.{name}" in self.router.agents
            and _revision(deployments[name]) == 1
            for name in self.names.values()
        )

    def has_taken_effect(self, before: dict[str, Snapshot]) -> bool:
        deployments, now = self._by_agent("Deployment"), self.look()
        return all(
            _has_taken_effect(row.effect, before[name], now[name], _revision(deployments[self.names[name]]))
            for name, row in ROWS.items()
        )

    def _try(self, agent: str, change: Object) -> str:
        path = f"/apis/vutler.io/v1alpha1/namespaces/{self.world.namespace}/agents/{agent}"
        answer = self.world.server.http.patch(
            path, json=change, headers={"Content-Type": "application/merge-patch+json"}
        )
        assert answer.status_code == 422, answer.text
        return str(answer.json()["message"])

    def _by_agent(self, kind: str) -> dict[str, Object]:
        labelled = ((item["metadata"].get("labels") or {}, item) for item in self.world.all(kind))
        return {labels["vutler.io/agent"]: item for labels, item in labelled if "vutler.io/agent" in labels}

    def _list(self, path: str) -> list[Object]:
        items: list[Object] = self.world.server.http.get(path).json()["items"]
        return items

    def _own(self, value: Any, row: str) -> Any:
        return json.loads(json.dumps(value).replace("@", self.names[row]))


@pytest.fixture(scope="module")
def outcome(crds: ApiServer, operator: OperatorProcess, router: StandInRouter) -> Iterator[Outcome]:
    namespace = f"test-{secrets.token_hex(4)}"
    crds.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
    stage = Stage(World(crds, namespace), router, {row: f"a{number}" for number, row in enumerate(ROWS)})
    stage.build()
    eventually(stage.is_built, "all agents built", seconds=SECONDS)
    operator.settle(quiet_seconds=1.5)
    before = stage.look()
    refused = stage.change()
    with suppress(AssertionError):  # what does not happen fails the test of its row, and no other
        eventually(lambda: stage.has_taken_effect(before), "every change taken over", seconds=SECONDS)
    operator.settle(quiet_seconds=1.5)
    yield Outcome(before, stage.look(), refused)
    crds.http.delete(f"/api/v1/namespaces/{namespace}")


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if row.effect == "rolls"])
def test_one_new_pod_for(outcome: Outcome, name: str) -> None:
    before, after = outcome.before[name], outcome.after[name]

    assert after.template != before.template
    assert (after.generation, after.replica_sets) == (before.generation + 1, before.replica_sets + 1)


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if row.effect == "reloads"])
def test_the_same_pod_with_another_configuration_for(outcome: Outcome, name: str) -> None:
    before, after = outcome.before[name], outcome.after[name]

    assert {key for key in after.config if after.config[key] != before.config.get(key)} == {"openclaw.json"}
    assert _pod(after) == _pod(before)


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if row.effect == "router"])
def test_nothing_but_a_word_to_the_router_for(outcome: Outcome, name: str) -> None:
    before, after = outcome.before[name], outcome.after[name]

    assert after.record != before.record
    assert (_pod(after), after.versions) == (_pod(before), before.versions)


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if row.effect == "scales"])
def test_the_same_pod_template_for(outcome: Outcome, name: str) -> None:
    before, after = outcome.before[name], outcome.after[name]

    assert (after.generation, after.template) == (before.generation + 1, before.template)
    assert (after.replica_sets, after.versions) == (before.replica_sets, before.versions)


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if row.effect == "restates"])
def test_the_same_pod_and_nothing_else_for(outcome: Outcome, name: str) -> None:
    # The Deployment's own hash of what is wanted moves, and with it its generation.
    assert replace(outcome.after[name], generation=0) == replace(outcome.before[name], generation=0)


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if row.effect == "nothing"])
def test_nothing_at_all_for(outcome: Outcome, name: str) -> None:
    assert outcome.after[name] == outcome.before[name]


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if row.effect == "refused"])
def test_a_refusal_for(outcome: Outcome, name: str) -> None:
    assert outcome.refused[name]
    assert outcome.after[name] == outcome.before[name]


def test_every_field_of_an_agent_is_in_a_row() -> None:
    schema = CRD["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
    changed = {path for row in OF_THE_AGENT.values() for path in _changes(row.before, row.after)}

    missing = [field for field in _fields(schema) if not any(_is_within(path, field) for path in changed)]

    assert missing == []


def _fields(schema: Spec, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the fields of a schema; those of a map's entries under `*`, a list is one field."""
    named = schema.get("properties") or {}
    entries = schema.get("additionalProperties")
    untyped = isinstance(entries, dict) and "type" not in entries
    if isinstance(entries, dict) and entries.get("properties") and not untyped:
        named = {"*": entries}
    if not named:
        yield above
    for name, below in named.items():
        yield from _fields(below, (*above, name))


def _changes(before: Any, after: Any, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the places at which merging `after` into `before` changes something."""
    if not isinstance(after, dict):
        if after != before:
            yield above
        return
    for name, value in after.items():
        yield from _changes(before.get(name) if isinstance(before, dict) else None, value, (*above, name))


def _is_within(path: tuple[str, ...], field: tuple[str, ...]) -> bool:
    return len(path) >= len(field) and all(want in {"*", step} for want, step in zip(field, path, strict=False))


def _body(kind: str, name: str) -> tuple[str, str, str]:
    return ("v1" if kind in {"ConfigMap", "Secret"} else "vutler.io/v1alpha1", kind, name)


def _content(kind: str, content: Spec) -> Spec:
    match kind:
        case "ConfigMap":
            return {"data": content}
        case "Secret":
            return {"data": {key: base64.b64encode(value.encode()).decode() for key, value in content.items()}}
        case _:
            return {"spec": content}


def _revision(deployment: Object) -> int:
    """Return which revision the Deployment's controller is at; 0 while it has not seen the last generation."""
    seen = deployment.get("status", {}).get("observedGeneration") == deployment["metadata"]["generation"]
    return int(deployment["metadata"]["annotations"].get("deployment.kubernetes.io/revision", 0)) if seen else 0


def _has_taken_effect(effect: str, before: Snapshot, now: Snapshot, revision: int) -> bool:
    match effect:
        case "rolls":
            return revision > 1 and now.replica_sets > before.replica_sets
        case "reloads":
            return now.config != before.config
        case "router":
            return bool(now.record != before.record)
        case "scales":
            return now.generation != before.generation
        case _:
            return True


def _pod(snapshot: Snapshot) -> tuple[int, Object, int]:
    return snapshot.generation, snapshot.template, snapshot.replica_sets
