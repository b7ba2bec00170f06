"""What a request must be before any provider is asked; everything not named here goes through as it is."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, Never

from vutler_router.errors import InvalidRequest
from vutler_router.providers.surfaces import Surface

__all__ = ["check_request"]

Kind = tuple[tuple[type, ...], str]

_TEXT: Final[Kind] = ((str,), "a string")
_FLAG: Final[Kind] = ((bool,), "true or false")
_OBJECT: Final[Kind] = ((dict,), "an object")
_ARRAY: Final[Kind] = ((list,), "an array")
_NUMBER: Final[Kind] = ((int, float), "a number")
_WHOLE: Final[Kind] = ((int,), "a whole number")

_EVERYWHERE: Final = {"model": _TEXT, "stream": _FLAG, "temperature": _NUMBER, "top_p": _NUMBER, "tools": _ARRAY}

_OPTIONAL: Final[Mapping[Surface, Mapping[str, Kind]]] = MappingProxyType(
    {
        Surface.CHAT: {
            **_EVERYWHERE,
            "stream_options": _OBJECT,
            "max_tokens": _WHOLE,
            "max_completion_tokens": _WHOLE,
            "n": _WHOLE,
            "user": _TEXT,
            "response_format": _OBJECT,
        },
        Surface.MESSAGES: {**_EVERYWHERE, "max_tokens": _WHOLE, "stop_sequences": _ARRAY, "metadata": _OBJECT},
        Surface.EMBEDDINGS: {"model": _TEXT, "dimensions": _WHOLE, "encoding_format": _TEXT},
        Surface.RESPONSES: {**_EVERYWHERE, "max_output_tokens": _WHOLE, "instructions": _TEXT},
    }
)
"""Fields whose type is checked when they are given."""

_CHAT_ROLES: Final = frozenset({"system", "developer", "user", "assistant", "tool", "function"})
_MESSAGE_ROLES: Final = frozenset({"user", "assistant", "system"})


def check_request(surface: Surface, fields: Mapping[str, object]) -> None:
    """Refuse what cannot be answered.

    Raises:
        InvalidRequest: naming the field and what it should be.
    """
    _REQUIRED[surface](fields)
    kinds = _OPTIONAL[surface]
    for name, value in fields.items():
        if name not in kinds or value is None:
            continue
        types, wording = kinds[name]
        if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
            raise InvalidRequest(f"`{name}` must be {wording}.", param=name)


def _check_chat(fields: Mapping[str, object]) -> None:
    _check_messages(fields.get("messages"), _CHAT_ROLES)


def _check_anthropic(fields: Mapping[str, object]) -> None:
    _check_messages(fields.get("messages"), _MESSAGE_ROLES)
    if fields.get("max_tokens") is None:
        raise InvalidRequest("`max_tokens` is missing: say how long the answer may be.", param="max_tokens")


def _check_embeddings(fields: Mapping[str, object]) -> None:
    given = fields.get("input")
    if not isinstance(given, str | list) or not given:
        raise InvalidRequest("`input` must be text or an array of texts, and not empty.", param="input")


def _check_responses(fields: Mapping[str, object]) -> None:
    given = fields.get("input")
    if given is None and fields.get("prompt") is None:
        raise InvalidRequest("`input` is missing: send text or an array of items.", param="input")
    if given is not None and not isinstance(given, str | list):
        raise InvalidRequest("`input` must be text or an array of items.", param="input")
    if fields.get("background"):
        raise InvalidRequest("`background` is not possible here: nobody would count its tokens.", param="background")


_REQUIRED: Final[Mapping[Surface, Callable[[Mapping[str, object]], None]]] = MappingProxyType(
    {
        Surface.CHAT: _check_chat,
        Surface.MESSAGES: _check_anthropic,
        Surface.EMBEDDINGS: _check_embeddings,
        Surface.RESPONSES: _check_responses,
    }
)


def _check_messages(messages: object, roles: frozenset[str]) -> None:
    if messages is None:
        raise InvalidRequest("`messages` is missing: send at least one message.", param="messages")
    if not isinstance(messages, list) or not messages:
        raise InvalidRequest("`messages` must be an array with at least one message.", param="messages")
    for index, message in enumerate(messages):
        role = message.get("role") if isinstance(message, dict) else None
        if not isinstance(role, str) or role not in roles:
            _refuse_message(message, f"messages[{index}]", roles)
        content = message.get("content")
        if content is None or isinstance(content, str):
            continue
        if not isinstance(content, list) or not all(isinstance(part, dict) for part in content):
            field = f"messages[{index}].content"
            raise InvalidRequest(f"`{field}` must be text or an array of objects.", param=field)


def _refuse_message(message: object, field: str, roles: frozenset[str]) -> Never:
    if not isinstance(message, dict):
        raise InvalidRequest(f"`{field}` must be an object with role and content.", param=field)
    raise InvalidRequest(f"`{field}.role` must be one of {', '.join(sorted(roles))}.", param=f"{field}.role")
