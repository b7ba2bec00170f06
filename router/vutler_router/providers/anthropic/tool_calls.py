"""Calls of tools in chat messages as Anthropic's `tool_use` blocks."""

from collections.abc import Mapping

import orjson

from vutler_router.errors import InvalidRequest

__all__ = ["read_tool_calls"]

Block = dict[str, object]


def read_tool_calls(calls: object, where: str) -> list[Block]:
    """Translate an assistant message's `tool_calls`, ids as they were given; no arguments are `{}`.

    Raises:
        InvalidRequest: a call without a name, of another type, or whose arguments are no JSON object.
    """
    found = calls if isinstance(calls, list) else []
    return [_tool_use(call, f"{where}.tool_calls[{index}]") for index, call in enumerate(found)]


def _tool_use(call: object, where: str) -> Block:
    function = call.get("function") if isinstance(call, dict) else None
    name = function.get("name") if isinstance(function, dict) else None
    if not isinstance(call, dict) or not isinstance(function, dict) or not isinstance(name, str) or not name:
        raise InvalidRequest(f"`{where}` must be a call of a function that has a name.", param=where)
    block: Block = {
        "type": "tool_use",
        "id": str(call.get("id") or ""),
        "name": name,
        "input": _arguments(function.get("arguments"), f"{where}.function.arguments"),
    }
    if call.get("cache_control") is not None:
        block["cache_control"] = call["cache_control"]
    return block


def _arguments(text: object, field: str) -> Mapping[str, object]:
    if text is None or (isinstance(text, str) and not text.strip()):
        return {}
    try:
        arguments = orjson.loads(text) if isinstance(text, str) else text
    except orjson.JSONDecodeError:
        arguments = None
    if not isinstance(arguments, dict):
        raise InvalidRequest(f"`{field}` must be a JSON object as text.", param=field)
    return arguments
