"""Conditions as the API conventions define them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

__all__ = ["Condition", "State", "render_conditions"]

State = Literal["True", "False", "Unknown"]


@dataclass(frozen=True, slots=True)
class Condition:
    """One observed fact about an object, with the reason and, when it is not well, the remedy."""

    type: str
    status: State
    reason: str
    message: str

    @property
    def is_true(self) -> bool:
        """Tell whether all is well."""
        return self.status == "True"


def render_conditions(
    conditions: Iterable[Condition], before: Iterable[Mapping[str, Any]], *, generation: int, now: str
) -> list[dict[str, Any]]:
    """Render conditions for a status; a transition time is kept for as long as the condition's status stays.

    Args:
        conditions: what holds now.
        before: the conditions of the status as it is.
        generation: the generation that was looked at.
        now: the time of this look, RFC 3339.
    """
    known = {old["type"]: old for old in before}
    rendered = []
    for condition in conditions:
        old = known.get(condition.type, {})
        since = old["lastTransitionTime"] if old.get("status") == condition.status else now
        rendered.append(
            {
                "type": condition.type,
                "status": condition.status,
                "observedGeneration": generation,
                "lastTransitionTime": since,
                "reason": condition.reason,
                "message": condition.message,
            }
        )
    return rendered
