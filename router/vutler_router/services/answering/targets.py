"""From an agent's model settings to the models that may answer it, keys opened; remembered until the agent changes."""

from collections.abc import Iterator, Sequence

from vutler_router.domain.agent import Agent
from vutler_router.domain.plans import Plans, Tier
from vutler_router.errors import LlmNotConfigured
from vutler_router.providers.definitions import overrides_of
from vutler_router.providers.target import Target, build_target
from vutler_router.routing.chain import default_fallbacks
from vutler_router.services.directory import AgentDirectory, OpenLink
from vutler_router.settings import KEYLESS, ProviderName, Settings

__all__ = ["Targets"]

_ECHO_MODEL = "echo"


class Targets:
    """Knows what an agent's requests may be sent to, in order.

    The result is kept as long as the agent's record is the very same object.
    """

    def __init__(self, settings: Settings, directory: AgentDirectory, plans: Plans) -> None:
        self._settings = settings
        self._overrides = overrides_of(settings)
        self._directory = directory
        self._plans = plans
        self._known: dict[str, tuple[Agent, tuple[Target, ...]]] = {}
        self._planned: dict[str, tuple[Target, ...]] = {}

    def of(self, agent: Agent, tier: str | None = None) -> tuple[Target, ...]:
        """Return the agent's targets, at least one.

        Args:
            agent: Whose.
            tier: A plan that answers in place of the agent's own; one that the platform cannot serve does not.

        Raises:
            LlmNotConfigured: nothing can answer this agent; the message says what to do.
            SealBroken: a stored key cannot be opened.
        """
        if tier is not None and (planned := self._of_plan(tier)):
            return planned
        known = self._known.get(agent.id)
        if known is not None and known[0] is agent:
            return known[1]
        if len(self._known) > len(self._directory):
            self._known.clear()  # agents were deleted: what is remembered of them holds their keys
        targets = self._resolve(agent)
        self._known[agent.id] = agent, targets
        return targets

    def of_model(self, agent: Agent, provider: ProviderName, model: str) -> tuple[Target, ...]:
        """Return what asks a provider for any of its models on the user's own keys; nothing without a key of it.

        Raises:
            SealBroken: a stored key cannot be opened.
        """
        keys = dict.fromkeys(
            (link.key, link.endpoint) for link in self._directory.links(agent) if _usable(link, provider)
        )
        return tuple(
            build_target(provider, model, key or "", endpoint=endpoint, overrides=self._overrides)
            for key, endpoint in keys
        )

    def _of_plan(self, tier_id: str) -> tuple[Target, ...]:
        """Return a plan's targets, none where it cannot be served."""
        known = self._planned.get(tier_id)
        if known is None:
            tier = self._plans.find(tier_id)
            if self._settings.managed_provider is ProviderName.ECHO:
                known = (self._echo(tier_id),)
            else:
                known = () if tier is None else self._targets_of(tier)
            self._planned[tier_id] = known
        return known

    def _resolve(self, agent: Agent) -> tuple[Target, ...]:
        llm = agent.llm
        echoing = self._settings.managed_provider is ProviderName.ECHO
        if llm is None and not echoing:
            raise LlmNotConfigured(
                f"Agent {agent.id} has no model settings. Choose a plan or enter a provider key with "
                f"PUT /api/v1/agents/{agent.id}/llm-config, or reference an LLMConfig from the Agent."
            )
        if llm is None or (llm.managed and echoing):
            return (self._echo(llm.tier if llm and llm.tier else ""),)
        if llm.tier is not None:
            return self._managed(self._plans.get(llm.tier))
        return self._own(agent, self._directory.links(agent))

    def _echo(self, tier: str) -> Target:
        return build_target(ProviderName.ECHO, _ECHO_MODEL, "", overrides=self._overrides, tier=tier)

    def _managed(self, tier: Tier) -> tuple[Target, ...]:
        """Return a plan's targets. Raises `LlmNotConfigured` where there is none."""
        targets = self._targets_of(tier)
        if not targets:
            raise LlmNotConfigured(
                f"The platform has no key for any model of plan {tier.id}. "
                f"Its owner sets MANAGED_LLM_KEY_<PROVIDER>, or choose another plan."
            )
        return targets

    def _targets_of(self, tier: Tier) -> tuple[Target, ...]:
        """Return the plan's models on the platform's keys, then what may stand in for them on keys of the same owner.

        A model whose provider has no key is left out.
        """
        planned = [(model.provider, model.model) for model in tier.models]
        named = {provider for provider, _ in planned}
        substitutes = [found for found in default_fallbacks(planned[0][0]) if found[0] not in named]
        return (
            *self._on_platform_keys(planned, tier.id),
            *self._on_platform_keys(substitutes, tier.id, last_resort=True),
        )

    def _on_platform_keys(
        self, models: Sequence[tuple[ProviderName, str]], tier: str, *, last_resort: bool = False
    ) -> Iterator[Target]:
        for provider, model in models:
            keys = self._settings.managed_keys.get(provider, ())
            opened: Sequence[str] = [key.get_secret_value() for key in keys] or [""] * (provider in KEYLESS)
            for key in opened:
                yield build_target(provider, model, key, overrides=self._overrides, tier=tier, last_resort=last_resort)

    def _own(self, agent: Agent, chain: Sequence[OpenLink]) -> tuple[Target, ...]:
        """Return the user's links; one without a key of its own is skipped, for no key is ever lent to another."""
        usable = [link for link in chain if _usable(link, link.provider)]
        if not usable:
            raise LlmNotConfigured(
                f"Agent {agent.id} has no key for {chain[0].provider if chain else 'any provider'}. "
                f"Enter one with PUT /api/v1/agents/{agent.id}/llm-config."
            )
        return tuple(
            build_target(link.provider, link.model, link.key or "", endpoint=link.endpoint, overrides=self._overrides)
            for link in usable
        )


def _usable(link: OpenLink, provider: ProviderName) -> bool:
    return link.provider is provider and (bool(link.key) or provider in KEYLESS)
