"""The story of one LLMConfig: are its keys there, and how many Agents use it."""

from typing import Final

from vutler_operator.reconcile.agent import World
from vutler_operator.reconcile.llm import LLMOutcome, resolve_llm_config
from vutler_operator.reconcile.lookup import Lookup
from vutler_operator.reconcile.statuses import timestamp
from vutler_operator.resources.condition import Condition, render_conditions
from vutler_operator.resources.objects import AGENT, Manifest, ObjectRef
from vutler_operator.router_client import KeyTrouble

__all__ = ["LLMConfigReconciler", "judge_llm_config"]


_REASONS: Final = {"provider_out_of_credits": "OutOfCredits", "provider_key_refused": "KeyRefused"}


def judge_llm_config(outcome: LLMOutcome, trouble: KeyTrouble | None = None) -> tuple[Condition, ...]:
    """Return the conditions of an LLMConfig.

    `Verified` is False while a provider refuses one of its keys, and Unknown otherwise: whether a key is taken is known
    only after a real request, which costs money and is made on demand (the router's llm-test), never by the operator.
    """
    if outcome.problem is not None:
        reason, message = outcome.problem.reason, str(outcome.problem)
        resolved = Condition("KeyResolved", "False", reason, message)
        ready = Condition("Ready", "False", reason, message)
    else:
        managed = outcome.shown.get("mode") == "Managed"
        text = "the platform's keys are used" if managed else "every key that is named was found"
        resolved = Condition("KeyResolved", "True", "PlatformKeys" if managed else "KeysFound", text)
        ready = Condition("Ready", "True", "Resolved", "Agents can use these settings")
    return ready, resolved, _judge_keys(trouble)


def _judge_keys(trouble: KeyTrouble | None) -> Condition:
    if trouble is None:
        said = "not tried yet; the router's llm-test tries it for real"
        return Condition("Verified", "Unknown", "NotVerified", said)
    return Condition("Verified", "False", _REASONS.get(trouble.code, "KeyRefused"), trouble.message)


class LLMConfigReconciler:
    """Keeps the status of an LLMConfig true; its Agents reconcile by themselves."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def reconcile(self, work: ObjectRef) -> None:
        """Reconcile an LLMConfig.

        Raises:
            ClusterError: the API server refused or is away; to be tried again.
        """
        world = self._world
        config = world.store.get(work)
        lookup = Lookup(work, world.store, world.dependencies, world.reader)
        if config is None or config["metadata"].get("deletionTimestamp"):
            lookup.finish()
            return
        outcome = await resolve_llm_config(lookup, config)
        lookup.finish()
        now = timestamp(world.now())
        await world.statuses.write(config, self._status(config, outcome, now), now)

    def _status(self, config: Manifest, outcome: LLMOutcome, now: str) -> Manifest:
        metadata = config["metadata"]
        generation = int(metadata.get("generation", 0))
        work = ObjectRef(config["kind"], metadata["namespace"], metadata["name"])
        users = [ref for ref in self._world.dependencies.dependents(work) if ref.kind == AGENT.kind]
        trouble = self._world.router.key_trouble(f"{work.namespace}/{work.name}")
        before = (config.get("status") or {}).get("conditions") or ()
        return {
            "observedGeneration": generation,
            "hasKey": outcome.has_key,
            "agents": len(users),
            "conditions": render_conditions(judge_llm_config(outcome, trouble), before, generation=generation, now=now),
        }
