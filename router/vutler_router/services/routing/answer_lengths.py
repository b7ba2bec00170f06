"""How long answers are, so that their cost can be estimated before they come."""

from typing import Final

from vutler_router.providers.model_request import ANSWER_BOUNDS, ModelRequest

__all__ = ["AnswerLengths"]

_FIRST_GUESS: Final = 300
"""Tokens, before any answer of a category was seen; nothing but a beginning, and soon forgotten."""

_WEIGHT: Final = 0.05
"""How much one answer moves what is expected: about the last sixty count."""


class AnswerLengths:
    """Remembers how long the answers of each category have been in this process, in tokens."""

    def __init__(self) -> None:
        self._means: dict[str, float] = {}

    def expected(self, category: str, request: ModelRequest) -> int:
        """Return the tokens that an answer will have, as far as can be told."""
        mean = round(self._means.get(category, _FIRST_GUESS))
        bounds = [value for name in ANSWER_BOUNDS if isinstance(value := request.fields.get(name), int)]
        return max(min([mean, *bounds]), 0)

    def seen(self, category: str, tokens: int) -> None:
        """Take note of an answer's length."""
        mean = self._means.get(category)
        self._means[category] = tokens if mean is None else mean + _WEIGHT * (tokens - mean)
