"""Finds a request's category in the way its agent's mode says, and never fails or waits long for it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from vutler_router.domain.routing import TOOLS
from vutler_router.routing.classify import Verdict, judge_request
from vutler_router.routing.classify.tools import OfferedTool, call_forced, offered_tools
from vutler_router.services.answering.exchange import Exchange
from vutler_router.services.routing.agent_routing import AgentRouting
from vutler_router.services.routing.decision import Classification, Classifier
from vutler_router.services.routing.metrics import RoutingMetrics
from vutler_router.services.routing.model_classifier import ModelClassifier, Question
from vutler_router.services.routing.speech import Speech
from vutler_router.settings import RoutingMode, ToolsRule

__all__ = ["Sorter"]

_DESCRIPTIONS: Final[Mapping[str, str]] = {
    "code": "writing, explaining, repairing or running software, commands, queries, markup",
    "reasoning": "mathematics, logic, science, why and how, comparing and weighing",
    "conversation": "anything else: small talk, feelings, writing, advice, simple facts",
}
_TOOLS_NAMED: Final = 20
_EXAMPLES_SHOWN: Final = 3
_SHOWN: Final = 200
"""Characters of what describes a category to a model."""


class Sorter:
    """Sorts requests into categories.

    Args:
        models: The models that can be asked, by who they are; one that is missing is never asked.
        metrics: Counts what was asked and how long it took.
        clock: Seconds that only grow.
        seconds: What a request waits for classifying models, all together.
        sure: In the mode Hybrid, models are asked where the local classifier is less sure than this.
    """

    def __init__(
        self,
        models: Mapping[Classifier, ModelClassifier],
        metrics: RoutingMetrics,
        clock: Callable[[], float],
        *,
        seconds: float,
        sure: float,
    ) -> None:
        self._models = models
        self._metrics = metrics
        self._clock = clock
        self._seconds = seconds
        self._sure = sure

    async def sort(self, exchange: Exchange, speech: Speech, routing: AgentRouting, *, ask: bool) -> Classification:
        """Return the category of a request.

        Args:
            exchange: The request.
            speech: What the person said in it.
            routing: How its agent's requests are routed.
            ask: Whether a model may be asked; what one said of the same words before counts in any case.
        """
        fields = exchange.request.fields
        tools = offered_tools(fields)
        forced = call_forced(fields)
        if forced or (tools and routing.tools is ToolsRule.PRESENT):
            reason = "the request forces a tool to be called" if forced else "the request carries tools"
            return Classification(TOOLS, 1.0, Classifier.REQUEST, (reason,), (reason,))
        usable = tools if routing.tools is ToolsRule.NEEDED else ()
        local = _local(judge_request(speech.turns, routing.customs, usable))
        wanted = self._wanted(routing.mode, local)
        if not wanted or not speech.turns:
            return local
        return await self._by_models(
            exchange, Question(speech.turns, _answers(routing, usable)), local, wanted, ask=ask
        )

    def _wanted(self, mode: RoutingMode, local: Classification) -> Sequence[Classifier]:
        """Return whom to ask, in order."""
        match mode:
            case RoutingMode.OLLAMA:
                return (Classifier.OLLAMA,)
            case RoutingMode.API:
                return (Classifier.API,)
            case RoutingMode.HYBRID if local.confidence < self._sure:
                return (Classifier.OLLAMA, Classifier.API)
            case _:
                return ()

    async def _by_models(
        self,
        exchange: Exchange,
        question: Question,
        local: Classification,
        wanted: Sequence[Classifier],
        *,
        ask: bool,
    ) -> Classification:
        """Return the first usable answer of the models, or what is known without them."""
        started, problems = self._clock(), list[str]()
        cost = local.cost
        for classifier in wanted:
            model = self._models.get(classifier)
            if model is None:
                problems.append(f"{classifier}: the router is not told of any")
                continue
            if (category := model.remembered(question)) is not None:
                return _by(classifier, category, model, "said so of the same words before")
            left = self._seconds - (self._clock() - started)
            if not ask or left <= 0:
                problems.append(f"{classifier}: {'not asked for an explanation' if not ask else 'no time is left'}")
                continue
            asked = await model.ask(question, exchange, left)
            cost += asked.cost
            seconds = self._clock() - started
            self._metrics.asked(classifier, seconds, asked)
            if asked.category:
                return replace(_by(classifier, asked.category, model, "said so"), seconds=seconds, cost=cost)
            problems.append(f"{classifier}: {asked.problem}")
        return replace(local, seconds=self._clock() - started, cost=cost, not_asked=tuple(problems))


def _local(verdict: Verdict) -> Classification:
    return Classification(
        verdict.category,
        verdict.confidence,
        Classifier.KEYWORDS,
        verdict.signals,
        verdict.public_signals,
        verdict.scores,
    )


def _by(classifier: Classifier, category: str, model: ModelClassifier, how: str) -> Classification:
    signals = (f"{model.target.provider}/{model.target.model} {how}",)
    return Classification(category, 1.0, classifier, signals, signals)


def _answers(routing: AgentRouting, tools: Sequence[OfferedTool]) -> Mapping[str, str]:
    """Return the categories a model may choose from, each with what belongs to it."""
    answers = dict(_DESCRIPTIONS)
    if tools:
        names = ", ".join(tool.name for tool in tools[:_TOOLS_NAMED])
        answers[TOOLS] = f"what needs one of these tools to be called: {names}"
    for category in routing.categories:
        told = [category.description, ", ".join(category.keywords), "; ".join(category.examples[:_EXAMPLES_SHOWN])]
        answers[category.name] = " - ".join(part[:_SHOWN] for part in told if part) or category.name
    return answers
