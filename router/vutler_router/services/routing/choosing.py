"""Says whom to ask for a request: the agent's own chain, or models chosen by what is asked."""

from collections.abc import Sequence

import orjson

from vutler_router.domain.agent import Agent
from vutler_router.errors import UnknownModel
from vutler_router.providers.target import Target
from vutler_router.routing.breaker import Breakers
from vutler_router.routing.chain import choose, leaves_choice
from vutler_router.services.answering.exchange import Exchange
from vutler_router.services.answering.targets import Targets
from vutler_router.services.routing.deciding import Decider
from vutler_router.services.routing.decision_view import decision_view
from vutler_router.services.routing.metrics import RoutingMetrics

__all__ = ["Chooser"]


class Chooser:
    """Chooses, and notes on the exchange what was chosen and why.

    A caller who names a model gets it: only `router` leaves the choice.
    """

    def __init__(self, targets: Targets, decider: Decider, breakers: Breakers, metrics: RoutingMetrics) -> None:
        self._targets = targets
        self._decider = decider
        self._breakers = breakers
        self._metrics = metrics

    def chain(self, agent: Agent) -> tuple[Target, ...]:
        """Return whom an agent asks without routing. Raises `LlmNotConfigured`."""
        return self._targets.of(agent)

    async def choose(self, exchange: Exchange) -> Sequence[Target]:
        """Return whom to ask, first choice first.

        Raises:
            UnknownModel: The agent may not ask for the model that the request names.
            LlmNotConfigured: Nothing can answer this agent.
        """
        chain = self._chain(exchange)
        if not leaves_choice(exchange.request.model) or not self._decider.applies(exchange):
            return chain
        decision = exchange.decision = await self._decider.decide(exchange, tuple(chain))
        exchange.decided = orjson.dumps(decision_view(decision, self._breakers, public=True)).decode()
        self._metrics.routed(decision)
        return decision.targets

    def answered(self, exchange: Exchange, target: Target) -> None:
        """Take note of who answered."""
        if exchange.decision is not None:
            self._decider.answered(exchange.decision, target)

    def _chain(self, exchange: Exchange) -> Sequence[Target]:
        """Return the models of the request; on a cheaper plan, which may not have the one asked for, all it has."""
        agent, requested = exchange.agent, exchange.request.model
        own = choose(self._targets.of(agent), requested)
        if exchange.tier is None:
            return own
        cheaper = self._targets.of(agent, exchange.tier)
        try:
            return choose(cheaper, requested)
        except UnknownModel:
            return cheaper
