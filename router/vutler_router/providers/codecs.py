"""Which codec speaks a surface to a provider: its own where the provider offers the surface, else a translation."""

from typing import Final, assert_never

from vutler_router.errors import InvalidRequest
from vutler_router.providers.anthropic.native import MessagesCodec
from vutler_router.providers.anthropic.translated import ChatOverMessages
from vutler_router.providers.codec import Codec
from vutler_router.providers.openai.chat import ChatCodec
from vutler_router.providers.openai.embeddings import EmbeddingsCodec
from vutler_router.providers.openai.responses import ResponsesCodec
from vutler_router.providers.surfaces import Surface
from vutler_router.providers.target import Target

__all__ = ["route_of"]

_CHAT: Final = ChatCodec()
_MESSAGES: Final = MessagesCodec()
_EMBEDDINGS: Final = EmbeddingsCodec()
_RESPONSES: Final = ResponsesCodec()
_CHAT_OVER_MESSAGES: Final = ChatOverMessages()


def route_of(surface: Surface, target: Target) -> tuple[Codec, str]:
    """Return how a surface is spoken to a target, and at which address.

    Raises:
        InvalidRequest: the provider does not offer it.
    """
    url = target.urls.get(surface)
    if url is not None:
        return _native(surface), url
    messages = target.urls.get(Surface.MESSAGES)
    if surface is Surface.CHAT and messages is not None:
        return _CHAT_OVER_MESSAGES, messages
    offered = ", ".join(sorted({Surface.CHAT, *target.urls}))
    raise InvalidRequest(
        f"`model`: {target.provider} does not offer {surface.value}. Ask for another model of this agent, "
        f"or use one of: {offered}.",
        code="unsupported_by_provider",
        param="model",
    )


def _native(surface: Surface) -> Codec:
    match surface:
        case Surface.CHAT:
            return _CHAT
        case Surface.MESSAGES:
            return _MESSAGES
        case Surface.EMBEDDINGS:
            return _EMBEDDINGS
        case Surface.RESPONSES:
            return _RESPONSES
        case _ as never:
            assert_never(never)
