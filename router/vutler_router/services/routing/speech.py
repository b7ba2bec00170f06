"""What the person said in a model request, on whichever surface it came."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from vutler_router.providers.model_request import ModelRequest
from vutler_router.providers.surfaces import Surface
from vutler_router.routing.classify.cleaning import own_words

__all__ = ["Speech", "speech_of"]

_MOST_TURNS: Final = 12
"""As many as the classifier looks back at."""

_TEXTS: Final = (None, "text", "input_text")
"""Types of content parts that hold what was said. (No sets: what a caller sends here may be a list.)"""

_TOOLS: Final = ("tool", "function")
_RESULTS: Final = ("tool_result", "function_call_output")
"""Anthropic's content part and OpenAI's item (Responses) that bring what a tool returned."""


@dataclass(frozen=True, slots=True)
class Speech:
    """A person's part of a request.

    Attributes:
        turns: What the person wrote, the oldest of the last dozen first; what software wrapped around it is removed.
        in_tool_loop: Whether a tool has answered since: the model is in the middle of its work.
        first: A hash of the first turn, which tells conversations apart that name no session.
    """

    turns: tuple[str, ...]
    in_tool_loop: bool
    first: bytes

    def mark(self) -> bytes:
        """Return a hash of the last turn and of where the conversation began."""
        last = self.turns[-1] if self.turns else ""
        return hashlib.blake2b(last.encode("utf-8", "replace"), key=self.first, digest_size=16).digest()


def speech_of(request: ModelRequest) -> Speech:
    """Read what the person said; nothing that a caller can send makes this fail."""
    messages = _messages(request)
    in_loop = False
    turns: list[str] = []
    for message in reversed(messages):
        if not turns and _is_result(message):
            in_loop = True
        turns += _said_by_people([message])
        if len(turns) == _MOST_TURNS:
            break
    opening = next(_said_by_people(messages), "")
    first = hashlib.blake2b(opening.encode("utf-8", "replace"), digest_size=16).digest()
    return Speech(tuple(reversed(turns)), in_loop, first)


def _messages(request: ModelRequest) -> Sequence[Mapping[str, object]]:
    if request.surface is not Surface.RESPONSES:
        return request.messages
    said = request.fields.get("input")
    if isinstance(said, str):
        return [{"role": "user", "content": said}]
    return [item for item in said if isinstance(item, dict)] if isinstance(said, list) else []


def _is_result(message: Mapping[str, object]) -> bool:
    if message.get("role") in _TOOLS or message.get("type") in _RESULTS:
        return True
    content = message.get("content")
    return isinstance(content, list) and any(
        isinstance(part, dict) and part.get("type") in _RESULTS for part in content
    )


def _said_by_people(messages: Iterable[Mapping[str, object]]) -> Iterator[str]:
    """Yield turns, the first one first; what software adds to the newest message is gone when it is no longer that."""
    for message in messages:
        if message.get("role") == "user" and (words := own_words(_text(message.get("content")))):
            yield words


def _text(content: object) -> str:
    """Return the text of a message; pictures and what tools returned are none."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    return "\n".join(
        part["text"]
        for part in content
        if isinstance(part, dict) and part.get("type") in _TEXTS and isinstance(part.get("text"), str)
    )
