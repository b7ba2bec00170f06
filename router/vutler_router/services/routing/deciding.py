"""Chooses the models for a request by what is asked, and keeps to it while tools are at work."""

from collections import OrderedDict
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Final

from vutler_router.domain.money import Nanos
from vutler_router.domain.usage import TokenCounts
from vutler_router.metering.prices import PriceTable
from vutler_router.metering.pricing import price_answer
from vutler_router.providers.surfaces import Surface
from vutler_router.providers.target import Target
from vutler_router.services.answering.exchange import Exchange
from vutler_router.services.routing.agent_routing import AgentRouting, AgentRoutings
from vutler_router.services.routing.answer_lengths import AnswerLengths
from vutler_router.services.routing.decision import Classification, Classifier, Decision, Variant
from vutler_router.services.routing.sorting import Sorter
from vutler_router.services.routing.speech import Speech, speech_of
from vutler_router.settings import RoutingMode

__all__ = ["Decider"]

_MOST_CONVERSATIONS: Final = 10_000
_CONTINUED: Final = "a tool has answered: the model that called it goes on"


@dataclass(frozen=True, slots=True)
class _Course:
    """How the last request of a conversation's turn was answered."""

    classification: Classification
    variant: Variant
    answered_by: tuple[str, str]


class Decider:
    """Decides for one request after another; what it remembers of conversations is of this process alone.

    Another process, or this one after a restart, comes to the same decision by the same words, but may ask another
    model where the first one had failed.
    """

    def __init__(self, routings: AgentRoutings, sorter: Sorter, prices: PriceTable, lengths: AnswerLengths) -> None:
        self._routings = routings
        self._sorter = sorter
        self._prices = prices
        self._lengths = lengths
        self._courses: OrderedDict[bytes, _Course] = OrderedDict()

    def applies(self, exchange: Exchange) -> bool:
        """Tell whether a request that leaves the choice to the router is routed by what it asks."""
        return (
            exchange.request.surface is not Surface.EMBEDDINGS
            and self._routings.mode_of(exchange.agent) is not RoutingMode.OFF
        )

    async def decide(self, exchange: Exchange, chain: tuple[Target, ...], *, ask: bool = True) -> Decision:
        """Choose.

        Args:
            exchange: The request.
            chain: Whom its agent asks without routing.
            ask: Whether a model may be asked for the category, if that is the mode.
        """
        routing = self._routings.of(exchange.agent, exchange.tier, chain)
        speech = speech_of(exchange.request)
        conversation = _conversation(exchange, speech)
        course = self._courses.get(conversation) if speech.in_tool_loop else None
        if course is None:
            found = await self._sorter.sort(exchange, speech, routing, ask=ask)
            variant = _variant(routing, found.category, _whose(exchange, speech))
        else:
            found, variant = _going_on(course.classification), course.variant
        decision = self._decision(exchange, routing, found, variant, conversation)
        return decision if course is None else _led_by(course.answered_by, decision)

    def answered(self, decision: Decision, target: Target) -> None:
        """Remember who answered, so that it goes on when a tool has answered in its turn."""
        self._courses[decision.conversation] = _Course(
            decision.classification, decision.variant, (target.provider.value, target.model)
        )
        self._courses.move_to_end(decision.conversation)
        if len(self._courses) > _MOST_CONVERSATIONS:
            self._courses.popitem(last=False)

    def _decision(
        self,
        exchange: Exchange,
        routing: AgentRouting,
        found: Classification,
        variant: Variant,
        conversation: bytes,
    ) -> Decision:
        order = routing.order(found.category, second=variant is Variant.SECOND)
        tokens = (
            exchange.request.estimated_tokens(),
            self._lengths.expected(found.category, exchange.request),
        )
        return Decision(
            mode=routing.mode,
            classification=found,
            targets=order.targets,
            listed=order.listed,
            passed_over=order.passed_over,
            variant=variant,
            conversation=conversation,
            estimates=tuple(self._estimate(target, tokens) for target in order.targets),
            dearest=order.dearest,
            dearest_price=order.dearest_price,
            tokens=tokens,
        )

    def _estimate(self, target: Target, tokens: tuple[int, int]) -> Nanos | None:
        price = self._prices.find(target.provider, target.model)
        return None if price is None else price_answer(TokenCounts(*tokens), price).total


def _going_on(before: Classification) -> Classification:
    signals = (_CONTINUED,)
    return Classification(before.category, before.confidence, Classifier.CONVERSATION, signals, signals, before.scores)


def _led_by(who: tuple[str, str], decision: Decision) -> Decision:
    """Put the model that is at work first, if it may still be asked."""
    places = sorted(
        range(len(decision.targets)),
        key=lambda place: (decision.targets[place].provider.value, decision.targets[place].model) != who,
    )
    return replace(
        decision,
        targets=tuple(decision.targets[place] for place in places),
        estimates=tuple(decision.estimates[place] for place in places),
    )


def _whose(exchange: Exchange, speech: Speech) -> bytes:
    """Name the conversation: by its session where the caller tells one, else by its first turn."""
    session = exchange.request.session.encode() or speech.first
    return blake2b(session, key=exchange.agent.id.encode()[:64], digest_size=16).digest()


def _conversation(exchange: Exchange, speech: Speech) -> bytes:
    """Name the turn of the conversation that a request belongs to."""
    return blake2b(speech.mark(), key=_whose(exchange, speech), digest_size=16).digest()


def _variant(routing: AgentRouting, category: str, whose: bytes) -> Variant:
    """Say which model of a comparison answers a conversation: always the same, and as many as its share says."""
    comparison = routing.mapping(category).comparison
    if comparison is None:
        return Variant.NONE
    return Variant.SECOND if _bucket(whose, category) < comparison.percent else Variant.FIRST


def _bucket(whose: bytes, category: str) -> int:
    """Return one of a hundred equal parts that a conversation falls into."""
    return int.from_bytes(blake2b(category.encode(), key=whose, digest_size=8).digest()) % 100
