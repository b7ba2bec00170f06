"""Says what would be chosen for a request and why, and what was chosen for a past one."""

from collections.abc import Mapping, Sequence
from typing import Final

import orjson

from vutler_router.domain.agent import Agent
from vutler_router.domain.llm_json import JsonObject
from vutler_router.domain.money import to_usd
from vutler_router.errors import NotFound
from vutler_router.metering.ledger import Entry, RowReader
from vutler_router.providers.model_request import ModelRequest
from vutler_router.providers.surfaces import Surface
from vutler_router.providers.target import Target
from vutler_router.routing.breaker import Breakers
from vutler_router.services.answering.exchange import Exchange
from vutler_router.services.answering.targets import Targets
from vutler_router.services.routing.deciding import Decider
from vutler_router.services.routing.decision_view import candidate_view, decision_view
from vutler_router.settings import RoutingMode

__all__ = ["Explainer"]

_OFF: Final = (
    "routing is off for this agent: its models are asked in the order of its settings. "
    "Turn it on with ROUTING_MODE, or for this agent with routing.mode in its model settings."
)


class Explainer:
    """Answers without asking any model."""

    def __init__(self, targets: Targets, decider: Decider, breakers: Breakers, rows: RowReader) -> None:
        self._targets = targets
        self._decider = decider
        self._breakers = breakers
        self._rows = rows

    async def explain(self, agent: Agent, fields: Mapping[str, object], *, session: str = "") -> JsonObject:
        """Return what would be chosen now for these fields of a chat completions request, and why.

        Raises:
            InvalidRequest: They are no request.
            LlmNotConfigured: Nothing can answer this agent.
        """
        exchange = Exchange(agent, ModelRequest.of(Surface.CHAT, fields, session=session), "", 0.0, 0.0)
        chain = self._targets.of(agent)
        if not self._decider.applies(exchange):
            return {"agent_id": agent.id, **self._unrouted(chain)}
        decision = await self._decider.decide(exchange, chain, ask=False)
        return {"agent_id": agent.id, **decision_view(decision, self._breakers, public=False)}

    async def past(self, agent_id: str, request_id: str) -> JsonObject:
        """Return what was chosen for a request of an agent's, and what came of it.

        Raises:
            NotFound: The agent has no such request, or it was not routed.
            StorageError: The database does not answer in time.
        """
        row = await self._rows.find(request_id)
        if row is None or row.agent_id != agent_id:
            raise NotFound(
                "This agent has no answered request of that id; it is there two seconds after the answer.",
                code="request_not_found",
            )
        if not row.decision:
            raise NotFound(
                "This request was not routed: routing was off for the agent, or the request named its model.",
                code="request_not_routed",
            )
        decided: JsonObject = orjson.loads(row.decision)
        return {"agent_id": agent_id, **decided, "request_id": request_id, "answer": _answer_view(row)}

    def _unrouted(self, chain: Sequence[Target]) -> JsonObject:
        """Show an agent's chain in the form of a decision."""
        return {
            "mode": RoutingMode.OFF.value,
            "category": "",
            "confidence": 0.0,
            "classifier": None,
            "signals": [_OFF],
            "scores": {},
            "provider": chain[0].provider.value,
            "model": chain[0].model,
            "variant": None,
            "candidates": [
                candidate_view(target, self._breakers.find(target.identity), listed=False, estimate=None)
                for target in chain
            ],
            "passed_over": [],
        }


def _answer_view(row: Entry) -> JsonObject:
    """Show what came of a request."""
    return {
        "provider": row.provider,
        "model": row.model,
        "status": row.status,
        "latency_ms": row.latency_ms,
        "tokens_input": row.tokens.input,
        "tokens_output": row.tokens.output,
        "cost_total": to_usd(row.cost_total),
        "cost_estimated": to_usd(row.cost_estimated),
        "cost_strongest": to_usd(row.cost_strongest),
        "saved": to_usd(row.saved),
        "timestamp": row.timestamp.isoformat(),
    }
