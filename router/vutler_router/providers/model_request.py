"""A model request as it came: decoded once, and checked just enough to refuse what no provider could answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Final

from vutler_router.providers.decoding import decode_object, encode
from vutler_router.providers.request_checks import check_request
from vutler_router.providers.surfaces import Surface

__all__ = ["ANSWER_BOUNDS", "CHARACTERS_PER_TOKEN", "ROUTER_MODEL", "ModelRequest"]

ROUTER_MODEL: Final = "router"
"""The model name that leaves the choice to the router."""

CHARACTERS_PER_TOKEN: Final = 4
"""OpenAI's rule of thumb for English text, for estimates."""

ANSWER_BOUNDS: Final = ("max_completion_tokens", "max_tokens", "max_output_tokens")
"""Fields by which a request bounds its answer's length, in tokens."""

_PROMPT_FIELDS: Final = ("messages", "system", "input", "instructions")
"""Where the surfaces keep what is said to the model."""


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """One request: the bytes it came as and what they say.

    Attributes:
        surface: What the caller speaks.
        raw: The body as received, sent on unchanged where nothing has to differ.
        fields: The decoded body; never changed in place.
        model: What was asked for; `router` when nothing was.
        stream: Whether the answer is to be streamed.
        wants_usage: Whether the caller asked for token counts in a stream of chat completions.
        headers: What of the caller's headers belongs to the request, for providers that speak its surface.
        session: The caller's name for the conversation; empty when it gives none.
    """

    surface: Surface
    raw: bytes
    fields: Mapping[str, object]
    model: str
    stream: bool
    wants_usage: bool
    headers: Mapping[str, str] = field(default_factory=dict)
    session: str = ""

    @classmethod
    def parse(
        cls, surface: Surface, raw: bytes, headers: Mapping[str, str] | None = None, *, session: str = ""
    ) -> "ModelRequest":
        """Read a body.

        Raises:
            InvalidRequest: naming the field and what it should be.
        """
        return cls.of(surface, decode_object(raw), raw, headers, session=session)

    @classmethod
    def of(
        cls,
        surface: Surface,
        fields: Mapping[str, object],
        raw: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        session: str = "",
    ) -> "ModelRequest":
        """Make a request out of decoded fields.

        Raises:
            InvalidRequest: naming the field and what it should be.
        """
        check_request(surface, fields)
        options = fields.get("stream_options")
        return cls(
            surface=surface,
            raw=encode(fields) if raw is None else raw,
            fields=fields,
            model=str(fields.get("model") or ROUTER_MODEL),
            stream=surface is not Surface.EMBEDDINGS and fields.get("stream") is True,
            wants_usage=isinstance(options, dict) and options.get("include_usage") is True,
            headers=headers or {},
            session=session,
        )

    @property
    def messages(self) -> Sequence[Mapping[str, object]]:
        """The conversation, oldest first; empty on surfaces that have none."""
        messages = self.fields.get("messages")
        return messages if isinstance(messages, list) else []

    def characters(self) -> int:
        """Return how much text the prompt holds, for estimates where a provider counts nothing."""
        return sum(_text_length(self.fields.get(name)) for name in _PROMPT_FIELDS)

    def estimated_tokens(self) -> int:
        """Return how many tokens the prompt has, as far as its length tells."""
        return ceil(self.characters() / CHARACTERS_PER_TOKEN)


def _text_length(value: object) -> int:
    """Add up texts at any depth; pictures and files, which are long and few tokens, do not count."""
    if isinstance(value, str):
        return 0 if value.startswith("data:") else len(value)
    if isinstance(value, list):
        return sum(map(_text_length, value))
    if isinstance(value, dict):
        return sum(_text_length(value.get(name)) for name in ("content", "text", "input", "arguments"))
    return 0
