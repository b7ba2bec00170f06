"""Decides which agents may be rolled now, so that a change from outside reaches a few of them at a time; pure.

A template, a shared prompt file, another default image or the age of tokens may concern every agent at once. Agents
that run take such a change in turn: one that came up with it makes room for the next, one that does not keeps its
place. So a change that breaks agents stops at the first few. All of it is read from the Deployments: a restart forgets
nothing.
"""

from collections import Counter, deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from vutler_operator import drift, names
from vutler_operator.resources.deployment import is_available, is_observed
from vutler_operator.resources.objects import Manifest, ObjectRef

__all__ = ["Change", "Intent", "Turn", "choose", "intend", "mark_rollout", "minted_at", "read_turn"]

_PATIENCE: Final = timedelta(minutes=10)
"""For how long an agent that does not come up takes the place of any other; OpenClaw itself may take five."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a running agent takes over from outside itself."""

    source: str
    """The template, `<namespace>/<name>`; without one the agent's namespace."""
    image: str
    """The image that it would newly run, or runs since its turn; empty: its image stays as it is."""

    def is_like(self, failed: "Change") -> bool:
        """Tell whether this may fail for the reason for which another one did."""
        return self.source == failed.source or bool(self.image and self.image == failed.image)


@dataclass(frozen=True, slots=True)
class Turn:
    """An agent that took a change in its turn and is not available."""

    change: Change
    since: datetime | None
    """When it ceased to be available; None: a moment ago."""
    came_up: bool
    """It was available with this change, and is not for some later reason."""

    def is_recent(self, now: datetime) -> bool:
        """Tell whether it may still be on its way up."""
        return self.since is None or now - self.since < _PATIENCE


@dataclass(frozen=True, slots=True)
class Intent:
    """How an agent's Deployment is about to be written."""

    change: Change | None
    """What needs a turn; None: nothing does."""
    differs: bool
    """The Deployment would be another one; if not, only its tokens are due."""
    mark: str
    """Its mark if it is written without a turn."""


def choose(
    waiting: Mapping[ObjectRef, Change], turns: Collection[Turn], pace: int, now: datetime
) -> tuple[ObjectRef, ...]:
    """Return which of those who wait may go now.

    The source with the fewest agents under way comes first, among equals who waited longest. An agent that does not
    come up counts against all for ten minutes, and for as long as that lasts against what may fail like it.

    Args:
        waiting: the changes, in the order of arrival.
        turns: who is under way or failed.
        pace: how many may be under way at once.
        now: the time.
    """
    recent = [turn.change for turn in turns if turn.is_recent(now)]
    free = pace - len(recent)
    if free <= 0 or not waiting:
        return ()
    stuck = [turn.change for turn in turns if not turn.is_recent(now) and not turn.came_up]
    lines: dict[Change, deque[tuple[int, ObjectRef]]] = {}
    for arrival, (agent, change) in enumerate(waiting.items()):
        lines.setdefault(change, deque()).append((arrival, agent))
    room = {change: free - sum(map(change.is_like, stuck)) for change in lines}
    load = Counter(change.source for change in recent)
    chosen: list[ObjectRef] = []
    while candidates := [change for change, line in lines.items() if line and len(chosen) < room[change]]:
        best = min(candidates, key=lambda change: (load[change.source], lines[change][0]))
        load[best.source] += 1
        chosen.append(lines[best].popleft()[1])
    return tuple(chosen)


def intend(agent: Manifest, live: Manifest | None, desired: Manifest, source: str, *, tokens_due: bool) -> Intent:
    """Say whether an agent's Deployment needs a turn to become what is desired.

    An agent's own edit needs none, nor do new tokens that somebody asked for, a repair, or an agent that is not
    available anyway: so a correction reaches those first whom the mistake broke.

    Args:
        agent: the Agent with its status.
        live: its Deployment, if there is one.
        desired: its Deployment as built, without a mark.
        source: what its outside part comes from; see `Change`.
        tokens_due: its tokens are old enough to be replaced.
    """
    if live is None:
        return Intent(None, differs=True, mark="")
    before = live["metadata"].get("annotations") or {}
    mark = str(before.get(names.ROLLED_FOR, ""))
    differs = drift.digest(mark_rollout(desired, mark)) != before.get(names.DESIRED_HASH)
    edited = agent["metadata"].get("generation") != (agent.get("status") or {}).get("observedGeneration")
    if differs and (edited or minted_at(desired) > minted_at(live)):
        return Intent(None, differs=True, mark="")
    if not is_available(live) or not desired["spec"]["replicas"]:
        return Intent(None, differs=differs, mark=mark)
    if not differs and not tokens_due:
        return Intent(None, differs=False, mark=mark)
    image = _image(desired)
    return Intent(Change(source, image if image != _image(live) else ""), differs=differs, mark=mark)


def read_turn(deployment: Manifest) -> Turn | None:
    """Return the turn that a Deployment's agent is in; None if it is available, stopped, or changed by itself."""
    mark = (deployment["metadata"].get("annotations") or {}).get(names.ROLLED_FOR)
    if not mark or not deployment["spec"].get("replicas") or is_available(deployment):
        return None
    conditions = {found["type"]: found for found in (deployment.get("status") or {}).get("conditions") or ()}
    available, progressing = conditions.get("Available", {}), conditions.get("Progressing", {})
    since = available.get("lastTransitionTime") if available.get("status") == "False" else None
    return Turn(
        Change(mark, _image(deployment)),
        since=None if since is None else datetime.fromisoformat(since).astimezone(UTC),
        came_up=is_observed(deployment) and progressing.get("reason") == "NewReplicaSetAvailable",
    )


def mark_rollout(deployment: Manifest, mark: str) -> Manifest:
    """Return a Deployment that says for which source it was rolled; it says nothing for an empty one."""
    if not mark:
        return deployment
    metadata = deployment["metadata"]
    annotations = {**metadata.get("annotations", {}), names.ROLLED_FOR: mark}
    return deployment | {"metadata": metadata | {"annotations": annotations}}


def minted_at(obj: Manifest) -> str:
    """Return when a Secret's tokens, or those of a Deployment's pod, were minted; the later, the greater."""
    return str((obj["metadata"].get("annotations") or {}).get(names.MINTED_AT, ""))


def _image(deployment: Manifest) -> str:
    containers: list[dict[str, Any]] = deployment["spec"]["template"]["spec"]["containers"]
    return next((str(found["image"]) for found in containers if found["name"] == names.CONTAINER), "")
