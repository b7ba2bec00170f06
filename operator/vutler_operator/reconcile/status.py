"""Builds an Agent's status from what was found; pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from pydantic import JsonValue

from vutler_operator.errors import Blocked
from vutler_operator.openclaw import VERSION, is_known_image
from vutler_operator.reconcile.fair_use import FAIR_USE, judge_fair_use
from vutler_operator.reconcile.llm import LLMOutcome
from vutler_operator.reconcile.record import endpoint
from vutler_operator.reconcile.router_sync import SyncState
from vutler_operator.reconcile.workload import Workload
from vutler_operator.resources.condition import Condition, render_conditions
from vutler_operator.resources.objects import Manifest
from vutler_operator.router_client import AgentUsage

__all__ = ["Facts", "build_status", "judge"]

_REFUSED: Final = frozenset(
    {
        "ConfigTooLarge",
        "InvalidConfig",
        "InvalidSpec",
        "NameConflict",
        "PromptTooLong",
        "ProtectedPath",
        "RefusedByCluster",
    }
)
"""What only a change of the Agent can mend; everything else may still appear."""

_SIGN_IN_CODES: Final = frozenset({"401", "403"})

_PENDING: Final = (
    "a change from outside this Agent (template, prompt file, default image) waits for its turn; the pod runs on as it "
    "was. Agents are rolled a few at a time, and no further while those that went first do not come up: "
    "see which with kubectl get agents -A"
)
"""Without numbers: each one that moves would be a write to every agent that waits."""

Phase = Literal["Pending", "Provisioning", "Running", "Degraded", "Stopped", "Failed"]


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that one look at an Agent found."""

    template: Condition
    blocked: Blocked | None
    """Why the children could not be brought up to date; the running pod, if any, keeps its last good state."""
    llm: LLMOutcome
    sync: SyncState
    usage: AgentUsage | None
    workload: Workload
    image: str = ""
    """What the pod runs; empty while that is not known."""
    held_back: bool = False
    """A change from outside the Agent waits for its turn; the pod runs on as it is."""


def judge(facts: Facts) -> tuple[Phase, tuple[Condition, ...]]:
    """Return the phase and all conditions, `Ready` first."""
    parts = (facts.template, _config_valid(facts), _llm_ready(facts), _router_synced(facts.sync))
    ready = _ready(facts, parts)
    return _phase(facts, ready), (ready, *parts, judge_fair_use(facts.usage))


def build_status(agent: Manifest, facts: Facts, now: str) -> Manifest:
    """Build the whole status; equal facts give an equal status, so that nothing is written for them."""
    metadata, before = agent["metadata"], agent.get("status") or {}
    generation = int(metadata.get("generation", 0))
    if facts.usage is not None:
        facts = replace(facts, usage=_dated(facts.usage, now))
    phase, judged = judge(facts)
    conditions = judged if facts.usage is not None else _with_fair_use_as_it_was(judged, before)
    status: Manifest = {
        "phase": phase,
        "observedGeneration": generation,
        "endpoint": endpoint(metadata["namespace"], metadata["name"]),
        "conditions": render_conditions(conditions, before.get("conditions") or (), generation=generation, now=now),
    }
    shown = {key: value for key, value in facts.llm.shown.items() if value is not None}
    if shown:
        status["llm"] = shown
    usage = _usage(facts.usage, before.get("usage") or {}, now)
    if usage:
        status["usage"] = usage
    return status


def _config_valid(facts: Facts) -> Condition:
    if not facts.template.is_true:
        return Condition("ConfigValid", "Unknown", "TemplateUnresolved", "waits for the template")
    if facts.blocked is not None and facts.blocked.reason != "NameConflict":
        return Condition("ConfigValid", "False", facts.blocked.reason, str(facts.blocked))
    if facts.held_back:
        return Condition("ConfigValid", "True", "RolloutPending", _PENDING)
    if facts.image and not is_known_image(facts.image):
        return Condition(
            "ConfigValid",
            "True",
            "VersionNotChecked",
            "prompt, skills and tool servers are usable; OpenClaw's settings were not checked: "
            f'known are those of version {VERSION}, the image is "{facts.image}"',
        )
    return Condition("ConfigValid", "True", "Valid", "prompt, skills, tool servers and configuration are usable")


def _llm_ready(facts: Facts) -> Condition:
    found = facts.llm.condition
    if found.is_true and facts.sync.state == "Refused" and facts.sync.param.startswith("llm"):
        reason = "UnknownTier" if facts.sync.code == "unknown_tier" else "RefusedByRouter"
        return Condition("LLMReady", "False", reason, f"the router refuses the model settings: {facts.sync.message}")
    return found


def _router_synced(sync: SyncState) -> Condition:
    match sync.state:
        case "Synced":
            return Condition("RouterSynced", "True", "Synced", "the router knows this agent as it is")
        case "Pending":
            return Condition("RouterSynced", "Unknown", "SyncPending", "the router is about to be told")
        case "Refused":
            return Condition("RouterSynced", "False", "RefusedByRouter", f"the router refuses: {sync.message}")
        case "Unreachable" if sync.code in _SIGN_IN_CODES:
            return Condition(
                "RouterSynced",
                "False",
                "RouterRefusesOperator",
                f"the router refuses the operator itself ({sync.message}); the agent runs on. "
                "Give operator and router the same ROUTER_ADMIN_TOKEN, and restart whichever has the old one",
            )
        case "Unreachable":
            return Condition(
                "RouterSynced",
                "False",
                "RouterUnreachable",
                "the router does not answer; the agent runs on and is told when it does. "
                "Check its pods: kubectl get pods -A -l app.kubernetes.io/component=router",
            )


def _ready(facts: Facts, parts: tuple[Condition, ...]) -> Condition:
    """Take the first thing that is not well: what a person has to know first."""
    if facts.workload.state == "Stopped":
        return Condition("Ready", "False", facts.workload.reason, facts.workload.message)
    if facts.blocked is not None and facts.blocked.reason == "NameConflict":
        return Condition("Ready", "False", facts.blocked.reason, str(facts.blocked))
    template, config, llm, router = parts
    for condition in (template, config, llm):
        if not condition.is_true:
            return Condition("Ready", "False", condition.reason, condition.message)
    # A broken pod first: it is the nearer cause, and an agent whose pod is starting need not hear of the router.
    if facts.workload.state == "Failing" or (router.is_true and facts.workload.state != "Available"):
        return Condition("Ready", "False", facts.workload.reason, facts.workload.message)
    if not router.is_true:
        return Condition("Ready", "False", router.reason, router.message)
    return Condition("Ready", "True", "AgentReady", "the pod is ready and the router knows it")


def _phase(facts: Facts, ready: Condition) -> Phase:
    match facts.workload.state:
        case "Stopped":
            return "Stopped"
        case "Available":
            return "Running" if ready.is_true else "Degraded"
        case "Failing":
            return "Failed"
        case "Absent":
            refused = facts.blocked is not None and facts.blocked.reason in _REFUSED
            return "Failed" if refused else "Pending"
        case "Starting":
            return "Provisioning"


def _dated(usage: AgentUsage, now: str) -> AgentUsage:
    """Name the month where the router does not."""
    return usage if usage.period else usage.model_copy(update={"period": now[:7]})


def _with_fair_use_as_it_was(conditions: tuple[Condition, ...], before: Mapping[str, Any]) -> tuple[Condition, ...]:
    """Keep the condition of an earlier look: what was known stays true while the router is away."""
    known = {old["type"]: old for old in before.get("conditions") or ()}.get(FAIR_USE)
    if known is None:
        return conditions
    kept = Condition(FAIR_USE, known["status"], known["reason"], known["message"])
    return tuple(kept if condition.type == FAIR_USE else condition for condition in conditions)


def _usage(usage: AgentUsage | None, before: Mapping[str, Any], now: str) -> dict[str, JsonValue]:
    if usage is None:
        return dict(before)
    numbers: dict[str, JsonValue] = {
        "period": usage.period,
        "requests": usage.requests,
        "tokens": usage.tokens_total,
        "includedTokens": usage.included_tokens,
        "percent": usage.percent,
        "cost": usage.cost_total,
        "overageTokens": usage.overage_tokens,
    }
    shown = {key: value for key, value in numbers.items() if value is not None}
    same = shown == {key: value for key, value in before.items() if key != "updatedAt"}
    return shown | {"updatedAt": before["updatedAt"] if same and "updatedAt" in before else now}
