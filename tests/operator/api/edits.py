"""A long day of a namespace: creations, edits and deletions of Agents, the same for the same seed."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.operator.api.world import Object, World

NAMES = tuple(f"agent-{number}" for number in range(14))


@dataclass(frozen=True, slots=True)
class Edit:
    """One thing that somebody does to an object."""

    verb: str
    """`create`, `patch` or `delete`."""
    kind: str
    name: str
    body: Object

    def apply(self, world: World) -> None:
        match self.verb:
            case "create":
                world.create("vutler.io/v1alpha1", self.kind, self.name, spec=self.body)
            case "patch":
                world.patch(self.kind, self.name, {"spec": self.body})
            case _:
                world.delete(self.kind, self.name)


def write_script(seed: int, count: int) -> list[Edit]:
    """Return so many edits; only what exists by then is edited or deleted."""
    chance = random.Random(seed)  # noqa: S311  the same for the same seed
    return list(_edits(chance, count))


def prepare(world: World) -> None:
    """Make what the edits' Agents refer to."""
    world.llm_config(mode="Managed", tier="economy")
    for name in ("support", "research"):
        world.create("vutler.io/v1alpha1", "AgentTemplate", name, spec={"agent": {"systemPrompt": f"You do {name}."}})


def _edits(chance: random.Random, count: int) -> Iterator[Edit]:
    alive: list[str] = []
    for number in range(count):
        missing = [name for name in NAMES if name not in alive]
        drawn = chance.random()
        if missing and (drawn < 0.3 or len(alive) < 3):
            name = chance.choice(missing)
            alive.append(name)
            yield Edit("create", "Agent", name, _SPECS[chance.choice(sorted(_SPECS))](chance, number))
        elif drawn < 0.42:
            name = chance.choice(alive)
            alive.remove(name)
            yield Edit("delete", "Agent", name, {})
        elif drawn < 0.5:
            labels = {"runtime": {"podLabels": {"edit": str(number)}}}
            yield Edit("patch", "AgentTemplate", chance.choice(("support", "research")), {"agent": labels})
        elif drawn < 0.55:
            yield Edit("patch", "LLMConfig", "default", {"tier": chance.choice(("economy", "standard", "premium"))})
        else:
            change = _SPECS[chance.choice(sorted(_SPECS))](chance, number)
            yield Edit("patch", "Agent", chance.choice(alive), change)


_SPECS: dict[str, Callable[[random.Random, int], Object]] = {
    "prompt": lambda _, number: {"systemPrompt": f"Prompt {number}."},
    "env": lambda _, number: {"runtime": {"env": [{"name": "EDIT", "value": str(number)}]}},
    "running": lambda chance, _: {"running": chance.random() < 0.5},
    "template": lambda chance, _: {"templateRef": {"name": chance.choice(("support", "research", "nowhere"))}},
    "model": lambda chance, _: {"llmConfigRef": {"name": chance.choice(("default", "nowhere"))}},
    "tools": lambda chance, _: {"tools": chance.sample(["email", "chat", "drive"], 2)},
    "server": lambda _, number: {"mcpServers": {"crm": {"url": f"http://crm-{number}.sales.svc:8080/mcp"}}},
}
