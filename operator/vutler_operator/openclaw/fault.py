"""One thing that is wrong with a configuration."""

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Config", "Fault", "Path", "render_path"]

Config = Mapping[str, object]
"""OpenClaw's configuration."""
Path = tuple[str | int, ...]
"""Where in a configuration: names of settings and positions in lists."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A place and what is wrong with it, in words that go on after the place; never the value, which may be secret."""

    path: Path
    message: str


def render_path(path: Path) -> str:
    """Write a path as people write it: `bindings[0].agentId`."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return "".join(parts).removeprefix(".")
