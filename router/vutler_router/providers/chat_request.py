"""A chat completions request as it came: checked just enough to refuse what no provider could answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import orjson

from vutler_router.errors import InvalidRequest

__all__ = ["ROUTER_MODEL", "ChatRequest"]

ROUTER_MODEL: Final = "router"
"""The model name that leaves the choice to the router."""

_ROLES: Final = frozenset({"system", "developer", "user", "assistant", "tool", "function"})

_OPTIONAL: Final[Mapping[str, tuple[tuple[type, ...], str]]] = {
    "model": ((str,), "a string"),
    "stream": ((bool,), "true or false"),
    "stream_options": ((dict,), "an object"),
    "tools": ((list,), "an array"),
    "temperature": ((int, float), "a number"),
    "top_p": ((int, float), "a number"),
    "max_tokens": ((int,), "a whole number"),
    "max_completion_tokens": ((int,), "a whole number"),
    "n": ((int,), "a whole number"),
    "user": ((str,), "a string"),
}
"""Fields whose type is checked when they are given; everything else goes to the provider as it is."""


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """One request: the bytes it came as and what they say.

    Attributes:
        raw: The body as received, sent on unchanged where nothing has to differ.
        fields: The decoded body; never changed in place.
        model: What was asked for; `router` when nothing was.
        stream: Whether the answer is to be streamed.
        wants_usage: Whether the caller asked for token counts in the stream.
    """

    raw: bytes
    fields: Mapping[str, object]
    model: str
    stream: bool
    wants_usage: bool

    @classmethod
    def parse(cls, raw: bytes) -> "ChatRequest":
        """Read a body.

        Raises:
            InvalidRequest: naming the field and what it should be.
        """
        try:
            fields = orjson.loads(raw)
        except orjson.JSONDecodeError:
            raise InvalidRequest("The body is not valid JSON.", code="invalid_json") from None
        if not isinstance(fields, dict):
            raise InvalidRequest("The body must be a JSON object.", code="invalid_json")
        return cls.of(fields, raw)

    @classmethod
    def of(cls, fields: Mapping[str, object], raw: bytes | None = None) -> "ChatRequest":
        """Make a request out of decoded fields.

        Raises:
            InvalidRequest: naming the field and what it should be.
        """
        _check_messages(fields.get("messages"))
        for name, (types, wording) in _OPTIONAL.items():
            value = fields.get(name)
            if value is not None and (not isinstance(value, types) or (isinstance(value, bool) and bool not in types)):
                raise InvalidRequest(f"`{name}` must be {wording}.", param=name)
        options = fields.get("stream_options")
        return cls(
            raw=orjson.dumps(fields) if raw is None else raw,
            fields=fields,
            model=str(fields.get("model") or ROUTER_MODEL),
            stream=bool(fields.get("stream")),
            wants_usage=isinstance(options, dict) and options.get("include_usage") is True,
        )

    @property
    def messages(self) -> Sequence[Mapping[str, object]]:
        """The conversation, oldest first."""
        messages = self.fields["messages"]
        return messages if isinstance(messages, list) else []

    def characters(self) -> int:
        """Return how much text the prompt holds, for estimates where a provider counts nothing."""
        return sum(_text_length(message.get("content")) for message in self.messages)


def _check_messages(messages: object) -> None:
    if messages is None:
        raise InvalidRequest("`messages` is missing: send at least one message.", param="messages")
    if not isinstance(messages, list) or not messages:
        raise InvalidRequest("`messages` must be an array with at least one message.", param="messages")
    for index, message in enumerate(messages):
        field = f"messages[{index}]"
        if not isinstance(message, dict):
            raise InvalidRequest(f"`{field}` must be an object with role and content.", param=field)
        role = message.get("role")
        if not isinstance(role, str) or role not in _ROLES:
            raise InvalidRequest(f"`{field}.role` must be one of {', '.join(sorted(_ROLES))}.", param=f"{field}.role")
        content = message.get("content")
        if content is not None and not isinstance(content, str | list):
            raise InvalidRequest(f"`{field}.content` must be text or an array of parts.", param=f"{field}.content")
        if isinstance(content, list) and not all(isinstance(part, dict) for part in content):
            raise InvalidRequest(f"`{field}.content` must hold objects.", param=f"{field}.content")


def _text_length(content: object) -> int:
    if isinstance(content, str):
        return len(content)
    if isinstance(content, list):
        return sum(len(part["text"]) for part in content if isinstance(part.get("text"), str))
    return 0
