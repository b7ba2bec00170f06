"""Reads the prompts to learn from: those of this folder, and those of a folder that is not part of the project."""

import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from vutler_router.routing.classify.tools import OfferedTool
from vutler_router.routing.classify.verdict import BUILT_IN, CustomCategory

__all__ = [
    "CORE",
    "EVERYDAY",
    "OWN",
    "Conversation",
    "CustomSet",
    "Prompt",
    "ToolPrompt",
    "conversations",
    "custom_sets",
    "held_out",
    "own_prompts",
    "prompts_of",
    "tool_prompts",
    "tool_sets",
]

FOLDER = Path(__file__).parent / "prompts"
_LEARNT = ("code.jsonl", "reasoning.jsonl", "conversation.jsonl")

_FOLDS = 6

CORE, EVERYDAY, OWN = "core", "everyday", "own"


@dataclass(frozen=True, slots=True)
class Prompt:
    """A request and the category that people gave it."""

    text: str
    label: str
    lang: str
    source: str
    part: str
    """`CORE`, `EVERYDAY` (less clear-cut: writing, advice, why and how) or `OWN`."""

    @property
    def family(self) -> str:
        """What is left out together: the data set (the first word of the source), or a sixth of the project's kinds."""
        if self.part != OWN:
            return self.source.split()[0]
        return f"own {zlib.crc32(self.source.encode()) % _FOLDS}"


@dataclass(frozen=True, slots=True)
class Conversation:
    """A person's turns, oldest first, and the category of the last one."""

    turns: tuple[str, ...]
    label: str
    lang: str


@dataclass(frozen=True, slots=True)
class CustomSet:
    """A custom category and requests that belong to it."""

    category: CustomCategory
    lang: str
    requests: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ToolPrompt:
    """A request that carries tools, and its category."""

    text: str
    label: str
    lang: str
    tools: tuple[OfferedTool, ...]


def prompts_of(folder: Path) -> list[Prompt]:
    """Return the prompts of a folder: `*_open.jsonl` are everyday ones, every other `*.jsonl` is core.

    Raises:
        ValueError: The folder has no prompts, or one has an unknown label.
    """
    found = [
        _prompt(row, EVERYDAY if path.stem.endswith("_open") else CORE)
        for path in sorted(folder.glob("*.jsonl"))
        for row in _rows(path)
    ]
    if not found:
        message = f"{folder} holds no *.jsonl files of prompts: give another folder, or none to use the project's own"
        raise ValueError(message)
    return found


def own_prompts() -> list[Prompt]:
    """Return the prompts written for this project, to learn from."""
    return [_prompt(row, OWN) for name in _LEARNT for row in _rows(FOLDER / name)]


def held_out() -> list[Prompt]:
    """Return the prompts written for this project that nothing is learnt from."""
    return [_prompt(row, OWN) for row in _rows(FOLDER / "held_out.jsonl")]


def conversations(name: str = "turns") -> list[Conversation]:
    """Return the conversations of a file; `turns_tuning` are those the rules were made with."""
    return [
        Conversation(tuple(map(str, _list(row["turns"]))), str(row["label"]), str(row["lang"]))
        for row in _rows(FOLDER / f"{name}.jsonl")
    ]


def custom_sets(name: str = "customs") -> list[CustomSet]:
    """Return the custom categories of a file; `customs_tuning` are those the rules were made with."""
    return [
        CustomSet(
            CustomCategory(str(row["name"]), tuple(map(str, _list(row["keywords"]))), str(row["description"])),
            str(row["lang"]),
            tuple(map(str, _list(row["requests"]))),
        )
        for row in _rows(FOLDER / f"{name}.jsonl")
    ]


def tool_sets() -> dict[str, tuple[OfferedTool, ...]]:
    """Return the sets of tools that requests carry, by their names."""
    sets = json.loads((FOLDER / "toolsets.json").read_text("utf-8"))
    return {
        name: tuple(OfferedTool(each["name"], each["description"]) for each in tools) for name, tools in sets.items()
    }


def tool_prompts(name: str = "tools_held_out") -> list[ToolPrompt]:
    """Return the requests with tools of a file; `tools` are those the rules were made with."""
    sets = tool_sets()
    return [
        ToolPrompt(str(row["text"]), str(row["label"]), str(row["lang"]), sets[str(row["tools"])])
        for row in _rows(FOLDER / f"{name}.jsonl")
    ]


def _rows(path: Path) -> Iterator[dict[str, object]]:
    for line in path.read_text("utf-8").splitlines():
        if line.strip():
            yield json.loads(line)


def _prompt(row: dict[str, object], part: str) -> Prompt:
    label = str(row["label"])
    if label not in BUILT_IN:
        message = f"the label {label!r} is none of {', '.join(BUILT_IN)}"
        raise ValueError(message)
    return Prompt(str(row["text"]), label, str(row["lang"]), str(row["source"]), part)


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
