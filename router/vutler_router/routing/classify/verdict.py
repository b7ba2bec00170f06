"""What the classifier says of a request: its category, how sure it is, and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from vutler_router.domain.routing import TOOLS

__all__ = ["BUILT_IN", "CODE", "CONVERSATION", "REASONING", "TOOLS", "CustomCategory", "Verdict"]

CODE: Final = "code"
REASONING: Final = "reasoning"
CONVERSATION: Final = "conversation"

BUILT_IN: Final = (CODE, REASONING, CONVERSATION)
"""The categories that the model was trained on, in the order of its weights."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The category of a request, and what spoke for it."""

    category: str
    """One of `BUILT_IN`, `TOOLS`, or the name of a custom category."""
    confidence: float
    """How sure the classifier is, from 0 to 1."""
    signals: tuple[str, ...]
    """The strongest reasons, in plain words, the strongest first."""
    scores: Mapping[str, float]
    """The share of every category that was considered; those of `BUILT_IN` add up to 1."""
    public_signals: tuple[str, ...] = ()
    """The reasons again, without any word of the person's: these may be stored and shown to others."""


@dataclass(frozen=True, slots=True)
class CustomCategory:
    """A category that the operator of the router added, told by words instead of training."""

    name: str
    keywords: tuple[str, ...] = ()
    """Words and phrases that speak for the category, in any language."""
    description: str = ""
    """What belongs to the category, in a sentence or two."""
    examples: tuple[str, ...] = ()
    """Requests that belong to it."""
