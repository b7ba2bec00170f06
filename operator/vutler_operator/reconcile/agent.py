"""The story of one Agent: resolve, build, apply, tell the router, observe, report."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from vutler_operator import names
from vutler_operator.builders import AgentInputs, build_children
from vutler_operator.errors import Blocked, NameConflict
from vutler_operator.reconcile.children import Children
from vutler_operator.reconcile.dependencies import Dependencies
from vutler_operator.reconcile.llm import LLMOutcome, resolve_llm
from vutler_operator.reconcile.lookup import Lookup, Reader
from vutler_operator.reconcile.record import build_record
from vutler_operator.reconcile.resolve import (
    resolve_external,
    resolve_prompt,
    resolve_skills,
    resolve_spec,
    resolve_template,
)
from vutler_operator.reconcile.router_sync import RouterSync
from vutler_operator.reconcile.status import Facts, build_status
from vutler_operator.reconcile.statuses import Statuses, timestamp
from vutler_operator.reconcile.store import Store
from vutler_operator.reconcile.tokens import mint_token, settle_tokens
from vutler_operator.reconcile.workload import observe_workload
from vutler_operator.resources.agent import AgentSpec
from vutler_operator.resources.condition import Condition
from vutler_operator.resources.objects import DEPLOYMENT, LLM_CONFIG, POD, SECRET, Manifest, ObjectRef, ref_of
from vutler_operator.settings import Settings

__all__ = ["AgentReconciler", "World"]

_LOOK_AGAIN_SECONDS: Final = 5.0


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
    enqueue: Callable[[ObjectRef], None]
    enqueue_after: Callable[[ObjectRef, float], None]
    """Queue in so many seconds."""
    now: Callable[[], datetime]
    mint: Callable[[], str] = mint_token


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
            if isinstance(facts.blocked, NameConflict):
                # Other people's objects are not watched: whether the name is free is found by looking.
                self._world.enqueue_after(work, _LOOK_AGAIN_SECONDS)
            now = timestamp(self._world.now())
            await self._world.statuses.write(agent, build_status(agent, facts, now), now)
        for model in models ^ self._world.dependencies.of(work, LLM_CONFIG.kind):
            self._world.enqueue(model)

    async def _bring_about(self, agent: Manifest, lookup: Lookup) -> Facts:
        """Do what can be done and return what was found."""
        namespace, name = agent["metadata"]["namespace"], agent["metadata"]["name"]
        spec, blocked = None, None
        template = Condition("TemplateResolved", "True", "Resolved", "")
        llm = LLMOutcome(None, None, {})
        try:
            fields, where = await resolve_template(lookup, agent, self._world.settings.templates_namespace)
            template = Condition("TemplateResolved", "True", "Resolved", where)
        except Blocked as problem:
            template = Condition("TemplateResolved", "False", problem.reason, str(problem))
            fields = {}
        try:
            spec = resolve_spec(agent, fields)
            llm = await resolve_llm(lookup, namespace, spec.llm_config_ref)
            if template.is_true:
                await self._build(agent, spec, llm, lookup)
        except Blocked as problem:
            blocked = problem
        identifier = names.agent_id(namespace, name)
        return Facts(
            template=template,
            blocked=blocked,
            llm=llm,
            sync=self._world.router.state(identifier),
            usage=self._world.router.usage(identifier),
            workload=observe_workload(
                self._world.store.get(ObjectRef(DEPLOYMENT.kind, namespace, name)),
                self._world.store.belongings(ref_of(agent), POD.kind),
                running=spec.running if spec is not None else True,
            ),
        )

    async def _build(self, agent: Manifest, spec: AgentSpec, llm: LLMOutcome, lookup: Lookup) -> None:
        """Bring children and router up to date.

        Raises:
            Blocked: something is missing, refused or taken; nothing was changed.
        """
        world, namespace, name = self._world, agent["metadata"]["namespace"], agent["metadata"]["name"]
        secret_ref = ObjectRef(SECRET.kind, namespace, names.credentials_name(name))
        secret = await world.children.find_own(agent, secret_ref)
        inputs = AgentInputs(
            owner=agent,
            spec=spec,
            tokens=settle_tokens(agent, secret, world.mint),
            prompt=await resolve_prompt(lookup, namespace, spec),
            skills=await resolve_skills(lookup, namespace, spec),
            external=await resolve_external(lookup, namespace, spec),
        )
        await world.children.settle(agent, build_children(inputs, world.settings))
        world.router.want(build_record(inputs, llm.record))

    def _forget(self, work: ObjectRef) -> None:
        """Drop all memory of an Agent; garbage collection takes its children, the sync loop its router record."""
        lookup = Lookup(work, self._world.store, self._world.dependencies, self._world.reader)
        lookup.finish()
        self._world.router.forget(names.agent_id(work.namespace, work.name))
