"""How an Agent and its AgentTemplate become one spec: maps merge, lists replace, the Agent wins."""

from collections.abc import Mapping

from pydantic import JsonValue

__all__ = ["merge_spec"]

_WHOLE = frozenset({"llmConfigRef", "systemPromptFrom"})
"""Maps that mean one thing only together."""
_WHOLE_ENTRIES = frozenset({"mcpServers", "skills"})
"""Maps whose entries are such: a template's headers must never reach another address than the template's."""


def merge_spec(template: Mapping[str, JsonValue], agent: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Merge two raw specs. The prompt, inline or by reference, is one thing: the Agent's replaces the template's."""
    base = dict(template)
    if agent.keys() & {"systemPrompt", "systemPromptFrom"}:
        base.pop("systemPrompt", None)
        base.pop("systemPromptFrom", None)
    merged = base | {key: value for key, value in agent.items() if key in _WHOLE}
    for key, value in agent.items():
        if key in _WHOLE_ENTRIES:
            merged[key] = _merge_entries(base.get(key), value)
        elif key not in _WHOLE:
            merged[key] = _merge(base.get(key), value)
    return merged


def _merge_entries(below: JsonValue, above: JsonValue) -> JsonValue:
    return {**below, **above} if isinstance(below, dict) and isinstance(above, dict) else above


def _merge(below: JsonValue, above: JsonValue) -> JsonValue:
    if not (isinstance(below, dict) and isinstance(above, dict)):
        return above
    return below | {key: _merge(below.get(key), value) for key, value in above.items()}
