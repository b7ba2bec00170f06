"""Chat completions to providers that speak them: the caller's own bytes unless something has to differ."""

from collections.abc import Mapping
from typing import Final

from typing_extensions import override

from vutler_router.domain.llm import ModelParameters
from vutler_router.providers.codec import Answer, Codec, StreamReader
from vutler_router.providers.count import Count, read_cost
from vutler_router.providers.decoding import encode
from vutler_router.providers.defaults import provider_defaults
from vutler_router.providers.definitions import Definition, StreamUsage
from vutler_router.providers.model_request import ModelRequest
from vutler_router.providers.openai.chat_stream import ChatStream
from vutler_router.providers.openai.tool_ids import with_short_tool_ids
from vutler_router.providers.openai.usage import read_usage
from vutler_router.providers.target import Target

__all__ = ["ChatCodec"]

_MAX_TOKENS_NAMES: Final = ("max_completion_tokens", "max_tokens")


_TOOL_FIELDS: Final = ("tools", "tool_choice", "parallel_tool_calls")
"""An empty list of tools means none, but OpenAI and Mistral refuse it, and the other two without it."""


class ChatCodec(Codec):
    """Chat completions in, chat completions out."""

    @override
    def encode(
        self, request: ModelRequest, target: Target, parameters: ModelParameters, *, ask_usage: bool = True
    ) -> bytes:
        definition, fields = target.definition, request.fields
        changes = _changes(request, target.model, definition, parameters)
        if ask_usage and request.stream and not request.wants_usage:
            changes |= _asking_for_usage(fields, definition)
        dropped = _dropped(fields, definition, ask_usage=ask_usage)
        if not changes and not dropped:
            return request.raw
        return encode({name: value for name, value in fields.items() if name not in dropped} | changes)

    @override
    def read(self, body: bytes, fields: Mapping[str, object]) -> Answer | None:
        return Answer(body, _count(fields), fields) if isinstance(fields.get("choices"), list) else None

    @override
    def reader(self, request: ModelRequest) -> StreamReader:
        return ChatStream(strip_usage=not request.wants_usage)


def _changes(
    request: ModelRequest, model: str, definition: Definition, parameters: ModelParameters
) -> dict[str, object]:
    """Return the fields that this provider gets and the caller did not send so."""
    fields = request.fields
    changes: dict[str, object] = {}
    if fields.get("model") != model:
        changes["model"] = model
    if parameters.temperature is not None and fields.get("temperature") is None:
        changes["temperature"] = parameters.temperature
    if parameters.top_p is not None and fields.get("top_p") is None:
        changes["top_p"] = parameters.top_p
    changes |= _max_tokens(fields, model, definition, parameters)
    changes |= provider_defaults(fields, definition)
    if definition.short_tool_ids and (messages := with_short_tool_ids(request.messages)) is not None:
        changes["messages"] = messages
    return changes


def _asking_for_usage(fields: Mapping[str, object], definition: Definition) -> Mapping[str, object]:
    if definition.stream_usage is StreamUsage.ALWAYS:
        return {}
    options = fields.get("stream_options")
    return {"stream_options": {**(options if isinstance(options, dict) else {}), "include_usage": True}}


def _max_tokens(
    fields: Mapping[str, object], model: str, definition: Definition, parameters: ModelParameters
) -> Mapping[str, object]:
    """Apply the default length limit, and say the caller's under the name the provider knows."""
    given = next((fields[name] for name in _MAX_TOKENS_NAMES if fields.get(name) is not None), None)
    name = definition.max_tokens_field
    if given is None and parameters.max_tokens is not None:
        renamed = definition.renamed_max_tokens
        newer = renamed is not None and renamed.match(model) is not None
        return {name or _MAX_TOKENS_NAMES[0 if newer else 1]: parameters.max_tokens}
    if given is not None and name is not None and fields.get(name) is None:
        return {name: given}
    return {}


def _dropped(fields: Mapping[str, object], definition: Definition, *, ask_usage: bool) -> frozenset[str]:
    """Return the fields that this provider would refuse or misread."""
    dropped = set()
    if definition.max_tokens_field is not None:
        dropped |= {name for name in _MAX_TOKENS_NAMES if name != definition.max_tokens_field and name in fields}
    if "stream_options" in fields and (definition.stream_usage is StreamUsage.ALWAYS or not ask_usage):
        dropped.add("stream_options")
    if fields.get("tools") == []:
        dropped |= {name for name in _TOOL_FIELDS if name in fields}
    return frozenset(dropped)


def _count(answer: Mapping[str, object]) -> Count:
    usage = answer.get("usage")
    return Count(read_usage(usage), read_cost(usage), _spoken(answer.get("choices")))


def _spoken(choices: object) -> int:
    """Return how much text the answer's choices hold."""
    if not isinstance(choices, list):
        return 0
    messages = [choice.get("message") for choice in choices if isinstance(choice, dict)]
    texts = [message.get("content") for message in messages if isinstance(message, dict)]
    return sum(len(text) for text in texts if isinstance(text, str))
