"""Chat completions to providers that speak only Anthropic's Messages: translated there and back."""

import time
from collections.abc import Callable, Mapping
from typing import Final

from typing_extensions import override

from vutler_router.domain.llm import ModelParameters
from vutler_router.providers.anthropic.from_chat import messages_body
from vutler_router.providers.anthropic.messages import count_of_message
from vutler_router.providers.anthropic.model_rules import rules_of
from vutler_router.providers.anthropic.sampling import fitting_defaults
from vutler_router.providers.anthropic.to_chat import chat_answer
from vutler_router.providers.anthropic.to_chat_stream import ChatFromMessages
from vutler_router.providers.codec import Answer, Codec, StreamReader
from vutler_router.providers.decoding import encode
from vutler_router.providers.model_request import ModelRequest
from vutler_router.providers.target import Target

__all__ = ["ChatOverMessages"]

_MAX_TOKENS: Final = 8192
"""The longest answer where nobody says: Anthropic wants a number, and every model since Claude 4 can say so much."""


class ChatOverMessages(Codec):
    """Chat completions in, Messages to the provider, chat completions back.

    Args:
        clock: Seconds since 1970, for `created`, which Anthropic does not state.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock

    @override
    def encode(
        self, request: ModelRequest, target: Target, parameters: ModelParameters, *, ask_usage: bool = True
    ) -> bytes:
        defaults = fitting_defaults(
            request.fields, rules_of(target.model), temperature=parameters.temperature, top_p=parameters.top_p
        )
        longest = parameters.max_tokens or _MAX_TOKENS
        return encode(messages_body({**request.fields, **defaults}, model=target.model, max_tokens=longest))

    @override
    def read(self, body: bytes, fields: Mapping[str, object]) -> Answer | None:
        if not isinstance(fields.get("content"), list):
            return None
        answer = chat_answer(fields, created=int(self._clock()))
        return Answer(encode(answer), count_of_message(fields), answer)

    @override
    def reader(self, request: ModelRequest) -> StreamReader:
        return ChatFromMessages(include_usage=request.wants_usage, created=int(self._clock()))
