"""Reads the tools of a request, in any of the dialects that the router speaks."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from vutler_router.routing.classify.tool_profiles import OfferedTool

__all__ = ["call_forced", "offered_tools"]

_MOST, _READ = 128, 1024
"""Tools that are kept, and entries that are looked at for them."""

_NAME, _DESCRIPTION = 128, 400
"""Characters that are kept."""

_FORCED = frozenset({"required", "any"})
_FREE_TYPES = frozenset({"auto", "none"})


def offered_tools(fields: Mapping[str, object]) -> tuple[OfferedTool, ...]:
    """Return the tools of a decoded request, at most 128; entries that are none are passed over.

    Known are OpenAI's chat completions (`functions`, too) and responses, whose hosted tools have a type for a name,
    and Anthropic's messages.
    """
    found: dict[OfferedTool, None] = {}
    for entry in _entries(fields):
        tool = _tool(entry)
        if tool is not None:
            found[tool] = None
            if len(found) == _MOST:
                break
    return tuple(found)


def call_forced(fields: Mapping[str, object]) -> bool:
    """Tell whether a decoded request leaves the model no choice but to call one of its tools."""
    return _forces(fields) and bool(offered_tools(fields))


def _forces(fields: Mapping[str, object]) -> bool:
    choice, function = fields.get("tool_choice"), fields.get("function_call")
    if isinstance(function, Mapping) and isinstance(function.get("name"), str):
        return True
    if isinstance(choice, str):
        return choice in _FORCED
    if not isinstance(choice, Mapping):
        return False
    kind = choice.get("type")
    if kind == "allowed_tools":
        inner = choice.get("allowed_tools")
        mode = choice.get("mode", inner.get("mode") if isinstance(inner, Mapping) else None)
        return isinstance(mode, str) and mode == "required"
    return isinstance(kind, str) and kind not in _FREE_TYPES


def _entries(fields: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    for key in ("tools", "functions"):
        listed = fields.get(key)
        if isinstance(listed, Sequence) and not isinstance(listed, str | bytes):
            for entry in islice(listed, _READ):
                if isinstance(entry, Mapping):
                    yield entry


def _tool(entry: Mapping[str, object]) -> OfferedTool | None:
    inner = entry.get("function")
    own = inner if isinstance(inner, Mapping) else entry
    name = own.get("name")
    if name is None and own is entry and entry.get("type") not in ("function", "custom"):
        name = entry.get("type")
    if not isinstance(name, str) or not name.strip() or not name.isprintable():
        return None
    description = own.get("description")
    return OfferedTool(name.strip()[:_NAME], description[:_DESCRIPTION] if isinstance(description, str) else "")
