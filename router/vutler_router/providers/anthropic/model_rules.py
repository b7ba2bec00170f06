"""What each generation of Claude takes and refuses, read from a model's name."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

__all__ = ["ModelRules", "Thinking", "rules_of"]

_NAME: Final = re.compile(r"claude-(?:(?P<family>[a-z]+)-)?(?P<major>\d)(?:[-.](?P<minor>\d{1,2})(?!\d))?(?!\d)")
_GRADES: Final = ("low", "medium", "high", "xhigh", "max")
_ALWAYS_THINKING: Final = frozenset({"fable", "mythos"})

Version = tuple[int, int]


class Thinking(StrEnum):
    """How a model is told to think."""

    NEVER = "never"
    BUDGET = "budget"
    """`thinking: {"type": "enabled", "budget_tokens": …}`: manual mode."""

    ADAPTIVE = "adaptive"
    """`thinking: {"type": "adaptive"}` and `output_config.effort`; a budget is refused or deprecated."""


@dataclass(frozen=True, slots=True)
class ModelRules:
    """What may be asked of one model.

    Attributes:
        thinking: How it is told to think.
        efforts: The values of `output_config.effort` it knows, rising; none for models without it.
        off: How thinking is turned off: fields to send, none where it is off unless asked for; None: it cannot be.
        samples: Whether `temperature`, `top_p` and `top_k` may differ from their defaults.
        one_sampler: Whether only one of `temperature` and `top_p` may be sent.
        structured: Whether it has structured outputs (`output_config.format`, `strict` tools).
        prefill: Whether it goes on writing a last message of the assistant.
    """

    thinking: Thinking = Thinking.ADAPTIVE
    efforts: tuple[str, ...] = _GRADES
    off: Mapping[str, object] | None = field(default_factory=dict)
    samples: bool = False
    one_sampler: bool = True
    structured: bool = True
    prefill: bool = False


def rules_of(model: str) -> ModelRules:
    """Return what a model takes.

    Claude 4.5 and older think with a budget; 4.6 and newer adaptively, with an effort; 5 and newer unasked ("Extended
    thinking", "Adaptive thinking", "Effort"). 4.7 and newer refuse sampling parameters other than the defaults, from
    4.1 on only one of two may be sent, from 4.6 on no message is continued (migration guides of the models).
    Structured outputs came with 4.5, and Opus 4.1 ("Structured outputs"). A Claude whose version cannot be read gets
    the rules of the newest; a model of another maker behind this dialect is sent what the caller says.
    """
    if "claude" not in model:
        return ModelRules(Thinking.BUDGET, (), samples=True, one_sampler=False, prefill=True)
    found = _NAME.search(model)
    if found is None:
        return ModelRules(off=None)
    family, version = found["family"] or "", (int(found["major"]), int(found["minor"] or 0))
    return _before_effort(family, version) if version < (4, 6) else _with_effort(family, version)


def _before_effort(family: str, version: Version) -> ModelRules:
    return ModelRules(
        Thinking.BUDGET if version >= (3, 7) else Thinking.NEVER,
        (),
        samples=True,
        one_sampler=version >= (4, 1),
        structured=version >= (4, 5) or (family == "opus" and version == (4, 1)),
        prefill=True,
    )


def _with_effort(family: str, version: Version) -> ModelRules:
    if version == (4, 6):
        return ModelRules(efforts=("low", "medium", "high", "max"), samples=True)
    return ModelRules(off={} if version < (5, 0) else _off(family, version))


def _off(family: str, version: Version) -> Mapping[str, object] | None:
    """Say how a model that thinks unasked is stopped ("Thinking", per-model configuration)."""
    if family == "sonnet" and version == (5, 5):
        return {"type": "between_tools"}
    if family in _ALWAYS_THINKING or (family == "opus" and version > (5, 0)) or version > (5, 5):
        return None
    return {"type": "disabled"}
