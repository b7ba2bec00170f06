"""Checks requests against the types of Anthropic's own client."""

from collections.abc import Iterable, Mapping

from anthropic.types import MessageCreateParams
from pydantic import TypeAdapter

_PARAMS: TypeAdapter[MessageCreateParams] = TypeAdapter(MessageCreateParams)


def accepted(body: Mapping[str, object]) -> object:
    """Return the body as the client's types read it; lists in them are only checked while they are read."""
    return _read(_PARAMS.validate_python(body))


def _read(value: object) -> object:
    if isinstance(value, Mapping):
        return {name: _read(one) for name, one in value.items()}
    if isinstance(value, str | bytes) or not isinstance(value, Iterable):
        return value
    return [_read(one) for one in value]
