"""The story of one Agent: resolve, build, apply, tell the router, observe, report."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Final

from vutler_operator import names
from vutler_operator.builders import AgentInputs, build_children, image_of
from vutler_operator.errors import Blocked, NameConflict, Refused
from vutler_operator.reconcile.children import Children
from vutler_operator.reconcile.dependencies import Dependencies
from vutler_operator.reconcile.llm import LLMOutcome, resolve_llm
from vutler_operator.reconcile.lookup import Lookup, Reader
from vutler_operator.reconcile.record import build_record
from vutler_operator.reconcile.refusals import refusals
from vutler_operator.reconcile.resolve import (
    resolve_external,
    resolve_prompt,
    resolve_skills,
    resolve_spec,
    resolve_template,
)
from vutler_operator.reconcile.rollouts import intend, mark_rollout, minted_at
from vutler_operator.reconcile.router_sync import RouterSync
from vutler_operator.reconcile.settled import Settled
from vutler_operator.reconcile.status import Facts, build_status
from vutler_operator.reconcile.statuses import Statuses, timestamp
from vutler_operator.reconcile.store import Store
from vutler_operator.reconcile.tokens import are_due, mint_token, read_tokens, renew_tokens, settle_tokens
from vutler_operator.reconcile.turns import Turns
from vutler_operator.reconcile.workload import observe_workload
from vutler_operator.resources.agent import AgentSpec
from vutler_operator.resources.condition import Condition
from vutler_operator.resources.objects import (
    CONFIG_MAP,
    DEPLOYMENT,
    LLM_CONFIG,
    POD,
    SECRET,
    Manifest,
    ObjectRef,
    owner_uid,
    ref_of,
    uid_of,
)
from vutler_operator.settings import Settings

__all__ = ["AgentReconciler", "World"]

_LOOK_AGAIN_SECONDS: Final = 5.0
_ASK_AGAIN_SECONDS: Final = 60.0
"""A quota or a policy of the cluster changes without a word to the operator."""
_ROLLED: Final = frozenset({CONFIG_MAP.kind, DEPLOYMENT.kind})
"""Children that wait for a turn, together: the ConfigMap must not go ahead of the pod that starts from it."""


@dataclass(frozen=True, slots=True)
class World:
    """What every reconcile works with."""

    settings: Settings
    store: Store
    dependencies: Dependencies
    reader: Reader
    children: Children
    statuses: Statuses
    router: RouterSync
    turns: Turns
    settled: Settled
    enqueue: Callable[[ObjectRef], None]
    others_wait: Callable[[], bool]
    """Whether there is work in the queue that somebody asked for."""
    enqueue_after: Callable[[ObjectRef, float], None]
    """Queue in so many seconds."""
    now: Callable[[], datetime]
    mint: Callable[[], str] = mint_token


class _Outcome(Enum):
    """How far an Agent's children were brought."""

    NONE = "not built"
    BUILT = "built"
    HELD_BACK = "what rolls the pod waits for its turn"
    TOKENS_WAIT = "built; its tokens are due and wait for their turn"
    STARTED = "its pod is on its way; the rest is for when others are as far"


_BUILT: Final = frozenset({_Outcome.BUILT, _Outcome.TOKENS_WAIT})
_WAITS: Final = frozenset({_Outcome.HELD_BACK, _Outcome.TOKENS_WAIT})


class AgentReconciler:
    """Brings one Agent to where it should be; called as often as anybody likes."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def reconcile(self, work: ObjectRef) -> None:
        """Reconcile an Agent; one that is gone or going is only forgotten.

        Raises:
            ClusterError: the API server refused or is away; to be tried again.
        """
        agent = self._world.store.get(work)
        models = self._world.dependencies.of(work, LLM_CONFIG.kind)
        if agent is None or agent["metadata"].get("deletionTimestamp"):
            self._forget(work)
        else:
            lookup = Lookup(work, self._world.store, self._world.dependencies, self._world.reader)
            facts = await self._bring_about(agent, lookup)
            lookup.finish()
            if facts is None:
                self._world.enqueue(work)
            else:
                await self._report(agent, facts)
        self._world.turns.wake()
        for model in models ^ self._world.dependencies.of(work, LLM_CONFIG.kind):
            self._world.enqueue(model)

    async def _report(self, agent: Manifest, facts: Facts) -> None:
        """Write the status, and come back where no watch would tell of a change."""
        if isinstance(facts.blocked, NameConflict):
            # Other people's objects are not watched: whether the name is free is found by looking.
            self._world.enqueue_after(ref_of(agent), _LOOK_AGAIN_SECONDS)
        elif isinstance(facts.blocked, Refused):
            self._world.enqueue_after(ref_of(agent), _ASK_AGAIN_SECONDS)
        now = timestamp(self._world.now())
        await self._world.statuses.write(agent, build_status(agent, facts, now), now)

    async def _bring_about(self, agent: Manifest, lookup: Lookup) -> Facts | None:
        """Do what can be done and return what was found; None: the pod is on its way, and the rest was put off."""
        work, world = ref_of(agent), self._world
        spec, template, blocked = None, None, None
        llm, outcome = LLMOutcome(None, None, {}), _Outcome.NONE
        try:
            template = await resolve_template(lookup, agent, world.settings.templates_namespace)
            condition = Condition("TemplateResolved", "True", "Resolved", template.message)
        except Blocked as problem:
            condition = Condition("TemplateResolved", "False", problem.reason, str(problem))
        try:
            spec = resolve_spec(agent, {} if template is None else template.fields)
            llm = await resolve_llm(lookup, work.namespace, spec.llm_config_ref)
            if template is not None:
                inputs = await self._inputs(agent, spec, lookup)
                outcome = await self._build(inputs, template.source, llm)
        except Blocked as problem:
            blocked = problem
            if spec is not None and template is not None:
                self._tell_what_is_known(agent, spec, llm)
            await self._stop_if_told(agent)
        finally:
            world.turns.observe(work, waits=outcome in _WAITS)
        if outcome is _Outcome.STARTED:
            return None
        deployment = world.store.get(work._replace(kind=DEPLOYMENT.kind))
        identifier = names.agent_id(work.namespace, work.name)
        return Facts(
            template=condition,
            blocked=blocked,
            llm=llm,
            sync=world.router.state(identifier),
            usage=world.router.usage(identifier),
            workload=observe_workload(
                deployment,
                world.store.belongings(work, POD.kind),
                running=_is_meant_to_run(spec if outcome in _BUILT else None, deployment),
            ),
            held_back=outcome is _Outcome.HELD_BACK,
            image="" if spec is None else image_of(spec, world.settings),
        )

    async def _inputs(self, agent: Manifest, spec: AgentSpec, lookup: Lookup) -> AgentInputs:
        """Read everything that the children are built from.

        Raises:
            Blocked: something is missing or taken.
        """
        work, world = ref_of(agent), self._world
        secret = await world.children.find_own(agent, _credentials(work))
        return AgentInputs(
            owner=agent,
            spec=spec,
            tokens=settle_tokens(agent, secret, timestamp(world.now()), world.mint),
            prompt=await resolve_prompt(lookup, work.namespace, spec),
            skills=await resolve_skills(lookup, work.namespace, spec),
            external=await resolve_external(lookup, work.namespace, spec),
        )

    async def _build(self, inputs: AgentInputs, source: str, llm: LLMOutcome) -> _Outcome:
        """Bring children and router up to date; what rolls a running pod for a reason outside its Agent waits in line.

        The router's record waits for nothing: it only says what the router itself needs, and the tokens as they are.

        Raises:
            Blocked: something is refused or taken; nothing was changed.
        """
        world, agent = self._world, inputs.owner
        work, now = ref_of(agent), world.now()
        due = are_due(world.store.get(_credentials(work)), world.settings.operator_token_max_age, now)
        if not due and world.settled.holds(work, inputs):
            world.router.want(build_record(inputs, llm.record))
            return _Outcome.BUILT
        children = build_children(inputs, world.settings)
        live = world.store.get(work._replace(kind=DEPLOYMENT.kind))
        intent = intend(agent, live, _deployment_of(children), source, tokens_due=due)
        waits = intent.change is not None and not world.turns.ask(work, intent.change)
        if waits and intent.differs:
            children = tuple(child for child in children if not self._is_held_back(child))
        elif due and not waits:
            inputs = replace(inputs, tokens=renew_tokens(inputs.tokens, timestamp(now), world.mint))
            children = build_children(inputs, world.settings)
        mark = intent.mark if intent.change is None or waits else source
        with refusals():
            settled = await world.children.settle(agent, tuple(_marked(children, mark)), world.others_wait)
        if settled is None:
            return _Outcome.STARTED
        world.router.want(build_record(inputs, llm.record))
        if not waits:
            world.settled.remember(work, inputs, settled)
            return _Outcome.BUILT
        return _Outcome.HELD_BACK if intent.differs else _Outcome.TOKENS_WAIT

    async def _stop_if_told(self, agent: Manifest) -> None:
        """Carry a stop out although nothing else of the Agent can be: somebody may stop it because of what is wrong."""
        if (agent.get("spec") or {}).get("running") is not False:
            return
        with suppress(NameConflict):
            await self._world.children.stop(agent, ref_of(agent)._replace(kind=DEPLOYMENT.kind))

    def _tell_what_is_known(self, agent: Manifest, spec: AgentSpec, llm: LLMOutcome) -> None:
        """Tell the router about an agent that cannot be built just now: its pod runs on with the tokens that it has."""
        secret = self._world.store.get(_credentials(ref_of(agent)))
        if secret is None or owner_uid(secret) != uid_of(agent):
            return
        live = self._world.store.get(ref_of(agent)._replace(kind=DEPLOYMENT.kind))
        if live is not None and minted_at(secret) > minted_at(live):
            return  # new tokens that its pod could not be given yet
        tokens = read_tokens(secret)
        if tokens is not None:
            self._world.router.want(build_record(AgentInputs(agent, spec, tokens, prompt=""), llm.record))

    def _is_held_back(self, child: Manifest) -> bool:
        """Tell whether a child waits with its pod; one that is lost is made as it would be now."""
        return child["kind"] in _ROLLED and self._world.store.has(ref_of(child))

    def _forget(self, work: ObjectRef) -> None:
        """Drop all memory of an Agent; garbage collection takes its children, the sync loop its router record."""
        lookup = Lookup(work, self._world.store, self._world.dependencies, self._world.reader)
        lookup.finish()
        self._world.turns.observe(work, waits=False)
        self._world.settled.forget(work)
        self._world.statuses.forget(work)
        self._world.router.forget(names.agent_id(work.namespace, work.name))


def _credentials(agent: ObjectRef) -> ObjectRef:
    return ObjectRef(SECRET.kind, agent.namespace, names.credentials_name(agent.name))


def _deployment_of(children: Iterable[Manifest]) -> Manifest:
    return next(child for child in children if child["kind"] == DEPLOYMENT.kind)


def _marked(children: Iterable[Manifest], mark: str) -> Iterator[Manifest]:
    return (mark_rollout(child, mark) if child["kind"] == DEPLOYMENT.kind else child for child in children)


def _is_meant_to_run(built: AgentSpec | None, deployment: Manifest | None) -> bool:
    """Tell whether a pod should run: by the spec that was built, or else by the Deployment as it is."""
    if built is not None or deployment is None:
        return built is None or built.running
    return bool(deployment["spec"].get("replicas"))
