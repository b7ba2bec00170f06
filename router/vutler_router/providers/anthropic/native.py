"""Anthropic's Messages to providers that speak them: the caller's own bytes unless something has to differ."""

from collections.abc import Mapping

from typing_extensions import override

from vutler_router.domain.llm import ModelParameters
from vutler_router.providers.anthropic.messages import MessagesStream, count_of_message
from vutler_router.providers.anthropic.model_rules import rules_of
from vutler_router.providers.anthropic.sampling import fitting_defaults
from vutler_router.providers.codec import Answer, Codec, StreamReader
from vutler_router.providers.decoding import encode
from vutler_router.providers.defaults import provider_defaults
from vutler_router.providers.model_request import ModelRequest
from vutler_router.providers.target import Target

__all__ = ["MessagesCodec"]


class MessagesCodec(Codec):
    """Messages in, Messages out."""

    @override
    def encode(
        self, request: ModelRequest, target: Target, parameters: ModelParameters, *, ask_usage: bool = True
    ) -> bytes:
        fields = request.fields
        changes = provider_defaults(fields, target.definition)
        if fields.get("model") != target.model:
            changes["model"] = target.model
        changes |= fitting_defaults(
            fields, rules_of(target.model), temperature=parameters.temperature, top_p=parameters.top_p
        )
        return encode({**fields, **changes}) if changes else request.raw

    @override
    def read(self, body: bytes, fields: Mapping[str, object]) -> Answer | None:
        if not isinstance(fields.get("content"), list):
            return None
        return Answer(body, count_of_message(fields), fields)

    @override
    def reader(self, request: ModelRequest) -> StreamReader:
        return MessagesStream()
