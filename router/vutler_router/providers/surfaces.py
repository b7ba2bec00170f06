"""What callers speak: the shapes of model requests, each named by its path."""

from enum import StrEnum

__all__ = ["Surface"]


class Surface(StrEnum):
    """One shape of request and answer; the value is the path at which the router takes it."""

    CHAT = "/v1/chat/completions"
    """OpenAI's chat completions."""

    MESSAGES = "/v1/messages"
    """Anthropic's Messages."""

    EMBEDDINGS = "/v1/embeddings"
    """OpenAI's embeddings."""

    RESPONSES = "/v1/responses"
    """OpenAI's Responses."""
