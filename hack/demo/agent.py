"""The demo's agent: applied from `examples/first-agent`, followed until it is ready."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict, cast

from hack.demo.release import ROOT
from hack.demo.target import DemoError, Target

if TYPE_CHECKING:
    from collections.abc import Sequence

EXAMPLE = ROOT / "examples" / "first-agent" / "agent.yaml"


class Condition(TypedDict):
    """A condition as the Kubernetes API conventions have it."""

    type: str
    status: str
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class AgentState:
    """What the demo shows of an Agent's status: the phase, why it is not ready yet, and the tokens counted."""

    phase: str
    ready: bool
    reason: str
    tokens: int


def read_state(agent: dict[str, object]) -> AgentState:
    """Read an Agent as `kubectl get -o json` prints it; one without status is Pending."""
    status = cast("dict[str, object]", agent.get("status", {}))
    conditions = cast("Sequence[Condition]", status.get("conditions", []))
    ready = next((condition for condition in conditions if condition["type"] == "Ready"), None)
    usage = cast("dict[str, int]", status.get("usage", {}))
    return AgentState(
        phase=cast("str", status.get("phase", "Pending")),
        ready=ready is not None and ready["status"] == "True",
        reason=f"{ready['reason']}: {ready['message']}" if ready else "not seen by the operator yet",
        tokens=usage.get("tokens", 0),
    )


def wait_for(target: Target, namespace: str, name: str, *, tokens: int = 0, seconds: float = 180) -> AgentState:
    """Follow an Agent until it is Ready with at least `tokens` counted, printing each change of its story.

    Raises:
        DemoError: It was not after `seconds`; the message is the Agent's own reason.
    """
    started, told = time.monotonic(), ""
    while True:
        state = read_state(target.get("agents.vutler.io", name, "-n", namespace))
        if state.ready and state.tokens >= tokens:
            return state
        elapsed = time.monotonic() - started
        if state.reason != told and not state.ready:
            sys.stdout.write(f"    {elapsed:4.0f} s  {state.phase}: {state.reason}\n")
            sys.stdout.flush()
            told = state.reason
        if elapsed > seconds:
            seen = f"{state.phase} with {state.tokens} tokens ({state.reason})"
            raise DemoError(f"agent {namespace}/{name} is {seen} after {seconds:.0f} s")
        time.sleep(0.5)
