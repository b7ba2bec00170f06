"""How much a model is to think, from OpenAI's `reasoning_effort` or Anthropic's own `thinking`."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from vutler_router.errors import InvalidRequest
from vutler_router.providers.anthropic.model_rules import ModelRules, Thinking

__all__ = ["effort_of", "thinking_of"]

_SHARES: Final[Mapping[str, int]] = MappingProxyType(
    {"minimal": 10, "low": 20, "medium": 50, "high": 80, "xhigh": 90, "max": 90}
)
"""Percent of the answer's length that may be thought, for models that think within a budget."""

_LEAST_BUDGET: Final = 1_024
"""The API takes no smaller budget, and none that is not smaller than the answer ("Extended thinking")."""

_MOST_BUDGET: Final = 32_000
"""Above this Claude may not use up its budget ("Extended thinking")."""

_EFFORTS: Final = ("none", *_SHARES)


def thinking_of(
    fields: Mapping[str, object], rules: ModelRules, *, length: int, manual: bool, forced: bool
) -> Mapping[str, object] | None:
    """Return `thinking`, or None to send none.

    The caller's own `thinking` goes as it is and wins over `reasoning_effort`. Manual thinking is left out where the
    API would refuse the request with it.

    Args:
        fields: The chat completion.
        rules: What the model takes.
        length: The most tokens of the answer.
        manual: Whether the conversation allows manual thinking.
        forced: Whether a tool has to be called: manual thinking is then refused, and adaptive thinking stays as the
            model has it.

    Raises:
        InvalidRequest: an effort that does not exist, or `none` for a model that always thinks.
    """
    own, effort = fields.get("thinking"), _effort(fields)
    if own is not None:
        if not isinstance(own, dict):
            raise InvalidRequest("`thinking` must be an object.", param="thinking")
        return None if own.get("type") == "enabled" and (forced or not manual) else own
    if effort is None:
        return None
    if effort == "none":
        if rules.off is None:
            raise InvalidRequest("`reasoning_effort`: this model always thinks; ask for low.", param="reasoning_effort")
        return rules.off or None
    if rules.thinking is Thinking.ADAPTIVE:
        return None if forced else {"type": "adaptive"}
    budget = min(max(length * _SHARES[effort] // 100, _LEAST_BUDGET), _MOST_BUDGET)
    if rules.thinking is Thinking.NEVER or forced or not manual or budget >= length:
        return None
    return {"type": "enabled", "budget_tokens": budget}


def effort_of(fields: Mapping[str, object], rules: ModelRules) -> str | None:
    """Return `output_config.effort`; None for models without it. What a model lacks becomes the next lower one."""
    effort = _effort(fields)
    if effort in {None, "none"} or not rules.efforts:
        return None
    if effort in rules.efforts:
        return effort
    return "low" if effort == "minimal" else "high"


def _effort(fields: Mapping[str, object]) -> str | None:
    effort = fields.get("reasoning_effort")
    if effort is not None and effort not in _EFFORTS:
        raise InvalidRequest(f"`reasoning_effort` must be one of {', '.join(_EFFORTS)}.", param="reasoning_effort")
    return effort if isinstance(effort, str) else None
