"""OpenAI's Responses to providers that offer them; what a shared key could reveal of others is refused."""

from collections.abc import Mapping
from typing import Final

from typing_extensions import override

from vutler_router.domain.llm import ModelParameters
from vutler_router.errors import InvalidRequest
from vutler_router.providers.codec import Answer, Codec, StreamReader
from vutler_router.providers.count import Count, read_cost
from vutler_router.providers.decoding import encode
from vutler_router.providers.defaults import provider_defaults
from vutler_router.providers.model_request import ModelRequest
from vutler_router.providers.openai.responses_stream import ResponsesStream
from vutler_router.providers.openai.usage import read_usage
from vutler_router.providers.target import Target

__all__ = ["ResponsesCodec"]

_STORED: Final = ("previous_response_id", "conversation")
"""Fields that refer to what the provider keeps for a key."""


class ResponsesCodec(Codec):
    """Responses in, Responses out."""

    @override
    def encode(
        self, request: ModelRequest, target: Target, parameters: ModelParameters, *, ask_usage: bool = True
    ) -> bytes:
        changes = _changes(request.fields, target, parameters)
        return encode({**request.fields, **changes}) if changes else request.raw

    @override
    def read(self, body: bytes, fields: Mapping[str, object]) -> Answer | None:
        if not isinstance(fields.get("output"), list):
            return None
        usage = fields.get("usage")
        return Answer(body, Count(read_usage(usage), read_cost(usage), _spoken(fields.get("output"))), fields)

    @override
    def reader(self, request: ModelRequest) -> StreamReader:
        return ResponsesStream()


def _changes(fields: Mapping[str, object], target: Target, parameters: ModelParameters) -> Mapping[str, object]:
    changes = provider_defaults(fields, target.definition)
    if target.tier:
        _check_shared_key(fields)
        changes["store"] = False
    if fields.get("model") != target.model:
        changes["model"] = target.model
    defaults = (
        ("temperature", parameters.temperature),
        ("top_p", parameters.top_p),
        ("max_output_tokens", parameters.max_tokens),
    )
    return changes | {name: value for name, value in defaults if value is not None and fields.get(name) is None}


def _check_shared_key(fields: Mapping[str, object]) -> None:
    """Refuse references to stored answers: on a plan, other agents' answers are stored under the same key.

    Raises:
        InvalidRequest: naming the field.
    """
    for name in _STORED:
        if fields.get(name) is not None:
            raise InvalidRequest(
                f"`{name}` needs a key of the agent's own: on a plan nothing is kept between requests. "
                f"Send the conversation itself as `input`.",
                param=name,
            )


def _spoken(output: object) -> int:
    """Return how much text the answer's items hold."""
    if not isinstance(output, list):
        return 0
    parts = [item.get("content") for item in output if isinstance(item, dict)]
    texts = [part.get("text") for content in parts if isinstance(content, list) for part in content if _is_object(part)]
    return sum(len(text) for text in texts if isinstance(text, str))


def _is_object(value: object) -> bool:
    return isinstance(value, dict)
