"""Puts the snapshots and the corrections together."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from hack.catalog.corrections import ALIASES, CORRECTIONS, STRUCTURED_PROVIDERS
from vutler_router.routing.catalog import Capability, ModelFacts

__all__ = ["DisagreementError", "merge"]

_UNKNOWN: Final = ModelFacts(None, None, frozenset())
_ROUNDING: Final = 0.05
"""How far two windows may differ, as a part of the larger, and still be one number, rounded."""


class DisagreementError(Exception):
    """The snapshots differ on a model; a correction has to decide."""


def merge(
    names: Iterable[str], facts: Mapping[str, ModelFacts], windows: Mapping[str, int]
) -> Mapping[str, ModelFacts]:
    """Return the facts of the named models: a correction, else models.dev, else the window of genai-prices.

    Args:
        names: `provider/model` of each.
        facts: From models.dev.
        windows: From genai-prices, in tokens.

    Raises:
        DisagreementError: Two windows differ by more than rounding.
    """
    return {name: _merged(name, facts, windows.get(name)) for name in names}


def _merged(name: str, facts: Mapping[str, ModelFacts], window: int | None) -> ModelFacts:
    known = ALIASES.get(name, name)
    if known in CORRECTIONS:
        return _structured(name, CORRECTIONS[known])
    found = facts.get(known) or facts.get(f"{known}-latest") or _UNKNOWN
    if found.context_window is None:
        return _structured(name, replace(found, context_window=window))
    if window is not None and not _is_rounding(window, found.context_window):
        raise DisagreementError(
            f"{name}: models.dev says {found.context_window}, genai-prices {window}; write a correction"
        )
    return _structured(name, found)


def _is_rounding(one: int, other: int) -> bool:
    return abs(one - other) <= _ROUNDING * max(one, other)


def _structured(name: str, facts: ModelFacts) -> ModelFacts:
    if name.partition("/")[0] not in STRUCTURED_PROVIDERS or Capability.EMBEDDINGS in facts.capabilities:
        return facts
    return replace(facts, capabilities=facts.capabilities | {Capability.JSON_SCHEMA})
