"""Lets a status wait for the next one where steps follow each other quickly: what a person sees is where they lead.

An agent that starts passes half a dozen states in some seconds. Each would be a write, and together they would be more
than all of its objects.
"""

from collections.abc import Callable
from typing import Final

from vutler_operator.resources.objects import Manifest, ObjectRef

__all__ = ["Patience"]

_STEPS: Final = frozenset({"NotCreated", "PodStarting", "SyncPending", "VolumeNotBound"})
"""Reasons for not being Ready that pass by themselves."""
_STEP_SECONDS: Final = 10.0
_ROUTER_SECONDS: Final = 1.0
"""The router is told within milliseconds; only one that is not should be seen."""


class Patience:
    """Remembers since when a status waits.

    Args:
        clock: Seconds, from wherever.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._since: dict[ObjectRef, float] = {}

    def left(self, ref: ObjectRef, before: Manifest, after: Manifest) -> float:
        """Return for how many seconds a change of a status may still wait; 0: it is due, or there is none."""
        allowed = _allowed(before, after)
        if allowed:
            now = self._clock()
            left = self._since.setdefault(ref, now) + allowed - now
            if left > 0:
                return left
        self.forget(ref)
        return 0.0

    def forget(self, ref: ObjectRef) -> None:
        """Stop counting: the status is written or needed no more."""
        self._since.pop(ref, None)


def _allowed(before: Manifest, after: Manifest) -> float:
    old, new = _conditions(before), _conditions(after)
    if before == after or new.get("Ready", ("", ""))[1] not in _STEPS:
        return 0.0
    if new.get("RouterSynced", ("", ""))[1] == "SyncPending":
        return _ROUTER_SECONDS
    is_step = (
        before.get("observedGeneration") == after.get("observedGeneration") and old.pop("Ready", ("", ""))[1] in _STEPS
    )
    del new["Ready"]
    return _STEP_SECONDS if is_step and old == new else 0.0


def _conditions(status: Manifest) -> dict[str, tuple[str, str]]:
    """Return status and reason of each condition."""
    return {found["type"]: (found["status"], found["reason"]) for found in status.get("conditions") or ()}
