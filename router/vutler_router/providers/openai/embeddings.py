"""Embeddings: text in, vectors out, never streamed."""

from collections.abc import Mapping

from typing_extensions import override

from vutler_router.domain.llm import ModelParameters
from vutler_router.providers.codec import Answer, Codec, StreamReader
from vutler_router.providers.count import Count, read_cost
from vutler_router.providers.decoding import encode
from vutler_router.providers.defaults import provider_defaults
from vutler_router.providers.model_request import ModelRequest
from vutler_router.providers.openai.chat_stream import ChatStream
from vutler_router.providers.openai.usage import read_usage
from vutler_router.providers.target import Target

__all__ = ["EmbeddingsCodec"]


class EmbeddingsCodec(Codec):
    """OpenAI's embeddings to providers that offer them."""

    @override
    def encode(
        self, request: ModelRequest, target: Target, parameters: ModelParameters, *, ask_usage: bool = True
    ) -> bytes:
        changes = provider_defaults(request.fields, target.definition)
        if request.fields.get("model") != target.model:
            changes["model"] = target.model
        return encode({**request.fields, **changes}) if changes else request.raw

    @override
    def read(self, body: bytes, fields: Mapping[str, object]) -> Answer | None:
        if not isinstance(fields.get("data"), list):
            return None
        usage = fields.get("usage")
        return Answer(body, Count(read_usage(usage), read_cost(usage)), fields)

    @override
    def reader(self, request: ModelRequest) -> StreamReader:
        return ChatStream(strip_usage=False)  # a request for embeddings never says `stream`
