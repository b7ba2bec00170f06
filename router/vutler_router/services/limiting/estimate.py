"""What a request is expected to use before anybody knows."""

from typing import Final

from vutler_router.domain.llm import LlmSettings
from vutler_router.providers.model_request import ANSWER_BOUNDS, ModelRequest
from vutler_router.providers.surfaces import Surface

__all__ = ["expected_tokens"]

_USUAL_ANSWER: Final = 1_000
"""Tokens of an answer whose length nobody bounded; most are shorter."""

_LONGEST_ANSWER: Final = 200_000
"""No model says more at once; who asks for more must not hold all of an agent's limits."""


def expected_tokens(request: ModelRequest, llm: LlmSettings | None) -> int:
    """Return the tokens to reserve: the prompt's by its length, and as many as the answer may have."""
    prompt = request.estimated_tokens()
    if request.surface is Surface.EMBEDDINGS:
        return prompt
    asked = next((value for name in ANSWER_BOUNDS if isinstance(value := request.fields.get(name), int)), None)
    usual = llm.parameters.max_tokens if llm is not None else None
    answer = asked if asked is not None else usual if usual is not None else _USUAL_ANSWER
    return prompt + min(max(answer, 0), _LONGEST_ANSWER)
