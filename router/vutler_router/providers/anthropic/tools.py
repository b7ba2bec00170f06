"""Tools of a chat completion and the choice among them, in Anthropic's words."""

from collections.abc import Mapping, Sequence
from typing import Final

from vutler_router.errors import InvalidRequest
from vutler_router.providers.anthropic.closed_schema import closed_schema
from vutler_router.providers.anthropic.model_rules import ModelRules

__all__ = ["forces_tool", "tool_fields"]

Tool = dict[str, object]

_NO_PARAMETERS: Final = {"type": "object", "properties": {}}
_FORCING: Final = frozenset({"any", "tool"})


def tool_fields(fields: Mapping[str, object], rules: ModelRules, called: Sequence[str]) -> dict[str, object]:
    """Return `tools` and `tool_choice`.

    Where the conversation has calls but the request has no tools, those that were called are declared with the choice
    `none`: Anthropic wants the tools of a conversation declared, and the model is not to call any.

    Raises:
        InvalidRequest: a tool or a choice that Anthropic does not have.
    """
    given = fields.get("tools")
    tools = [
        _tool(tool, f"tools[{index}]", rules) for index, tool in enumerate(given if isinstance(given, list) else [])
    ]
    choice = _choice(fields.get("tool_choice"))
    if not tools:
        if choice is not None and choice["type"] in _FORCING:
            raise InvalidRequest("`tool_choice` asks for a tool, but `tools` is empty.", param="tool_choice")
        declared = [{"name": name, "input_schema": _NO_PARAMETERS} for name in called]
        return {"tools": declared, "tool_choice": {"type": "none"}} if declared else {}
    allowed = _allowed(fields.get("tool_choice"))
    if allowed is not None:
        tools = [tool for tool in tools if tool["name"] in allowed]
    if fields.get("parallel_tool_calls") is False and (choice is None or choice["type"] != "none"):
        choice = {**(choice or {"type": "auto"}), "disable_parallel_tool_use": True}
    return {"tools": tools} | ({} if choice is None else {"tool_choice": choice})


def forces_tool(translated: Mapping[str, object]) -> bool:
    """Whether the translated fields leave the model no choice but to call a tool."""
    choice = translated.get("tool_choice")
    return isinstance(choice, dict) and choice.get("type") in _FORCING


def _tool(tool: object, where: str, rules: ModelRules) -> Tool:
    function = tool.get("function") if isinstance(tool, dict) and tool.get("type", "function") == "function" else None
    if not isinstance(tool, dict) or not isinstance(function, dict):
        raise InvalidRequest(f"`{where}` must be a function: Anthropic has no other tools.", param=f"{where}.type")
    name, parameters = function.get("name"), function.get("parameters")
    if not isinstance(name, str) or not name:
        raise InvalidRequest(f"`{where}.function.name` must be a name.", param=f"{where}.function.name")
    if parameters is not None and not isinstance(parameters, dict):
        field = f"{where}.function.parameters"
        raise InvalidRequest(f"`{field}` must be a JSON schema.", param=field)
    schema = {"type": "object", **parameters} if parameters else _NO_PARAMETERS
    translated: Tool = {"name": name, "input_schema": schema}
    if isinstance(description := function.get("description"), str) and description:
        translated["description"] = description
    if function.get("strict") is True and rules.structured:
        closed = closed_schema(schema, f"{where}.function.parameters")
        translated |= {"strict": True, "input_schema": closed}
    mark = tool.get("cache_control") or function.get("cache_control")
    return translated | ({} if mark is None else {"cache_control": mark})


def _choice(choice: object) -> dict[str, object] | None:
    """Translate a choice; `allowed_tools` is its mode, over fewer tools."""
    named = choice.get("function") if isinstance(choice, dict) else None
    allowed = choice.get("allowed_tools") if isinstance(choice, dict) else None
    if isinstance(named, dict) and isinstance(named.get("name"), str):
        return {"type": "tool", "name": named["name"]}
    match allowed.get("mode") if isinstance(allowed, dict) else choice:
        case None:
            return None
        case "none":
            return {"type": "none"}
        case "auto":
            return {"type": "auto"}
        case "required":
            return {"type": "any"}
        case _:
            raise InvalidRequest("`tool_choice` must be none, auto, required or name a function.", param="tool_choice")


def _allowed(choice: object) -> frozenset[object] | None:
    """Return the names that `allowed_tools` leaves; None where all are allowed."""
    allowed = choice.get("allowed_tools") if isinstance(choice, dict) else None
    tools = allowed.get("tools") if isinstance(allowed, dict) else None
    if not isinstance(tools, list):
        return None
    functions = [tool.get("function") for tool in tools if isinstance(tool, dict)]
    return frozenset(str(function.get("name")) for function in functions if isinstance(function, dict))
