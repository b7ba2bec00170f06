"""Puts together what chooses models by what is asked."""

import contextlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from vutler_router.container.clocks import utc_now
from vutler_router.domain.plans import Plans
from vutler_router.metering.prices import PriceTable
from vutler_router.providers.definitions import overrides_of
from vutler_router.providers.target import Target, build_target
from vutler_router.routing.breaker import Breakers
from vutler_router.routing.catalog import Catalogue
from vutler_router.routing.classify import classify
from vutler_router.routing.preference import read_wanted
from vutler_router.services.answering.attempts import Attempts
from vutler_router.services.answering.metrics import RequestMetrics
from vutler_router.services.answering.targets import Targets
from vutler_router.services.directory import AgentDirectory
from vutler_router.services.rounds import Rounds
from vutler_router.services.routing.agent_routing import AgentRoutings
from vutler_router.services.routing.answer_lengths import AnswerLengths
from vutler_router.services.routing.choosing import Chooser
from vutler_router.services.routing.deciding import Decider
from vutler_router.services.routing.decision import Classifier
from vutler_router.services.routing.explaining import Explainer
from vutler_router.services.routing.metrics import RoutingMetrics
from vutler_router.services.routing.model_classifier import ModelClassifier
from vutler_router.services.routing.model_names import ModelNames
from vutler_router.services.routing.orders import ModelFinder
from vutler_router.services.routing.records import RoutingRecords
from vutler_router.services.routing.rule_changes import RuleChanges
from vutler_router.services.routing.rulebook import RuleBook
from vutler_router.services.routing.sorting import Sorter
from vutler_router.settings import KEYLESS, ProviderName, Settings
from vutler_router.storage import Storage

__all__ = ["Asking", "Known", "Routing", "open_routing"]

_POLL_SECONDS: Final = 1.0
"""How old the rules of a process may be."""


@dataclass(frozen=True, slots=True)
class Routing:
    """What a process has of routing.

    Attributes:
        models: The models that can be asked for a request's category.
        records: Completes usage rows.
    """

    book: RuleBook
    changes: RuleChanges
    chooser: Chooser
    explainer: Explainer
    records: RoutingRecords
    models: Mapping[Classifier, ModelClassifier]


@dataclass(frozen=True, slots=True)
class Known:
    """What routing looks up."""

    directory: AgentDirectory
    plans: Plans
    prices: PriceTable
    catalogue: Catalogue


@dataclass(frozen=True, slots=True)
class Asking:
    """What routing shares with whoever asks models."""

    targets: Targets
    attempts: Attempts
    breakers: Breakers
    metrics: RequestMetrics


async def open_routing(
    stack: contextlib.AsyncExitStack, settings: Settings, storage: Storage, known: Known, asking: Asking
) -> Routing:
    """Read the rules and begin to follow them.

    Raises:
        StorageError: The database does not answer.
    """
    classify("hello")  # reads lists and weights, which the first request is not to wait for
    book = RuleBook(storage.routing)
    await book.refresh()
    rounds = Rounds("routing rules", book.refresh, pause=_POLL_SECONDS, longest=0.0)
    await stack.enter_async_context(rounds.running())
    counted, lengths = RoutingMetrics(asking.metrics), AnswerLengths()
    models = _models(settings, asking.attempts, known.prices)
    sorter = Sorter(models, counted, time.monotonic, seconds=settings.routing_timeout, sure=settings.routing_sure)
    routings = AgentRoutings(settings, book, known.plans, ModelFinder(asking.targets, known.prices, known.catalogue))
    decider = Decider(routings, sorter, known.prices, lengths)
    return Routing(
        book=book,
        changes=RuleChanges(book, ModelNames(known.prices, known.catalogue, known.plans, known.directory)),
        chooser=Chooser(asking.targets, decider, asking.breakers, counted),
        explainer=Explainer(asking.targets, decider, asking.breakers, storage.rows),
        records=RoutingRecords(lengths, counted),
        models=models,
    )


def _models(settings: Settings, attempts: Attempts, prices: PriceTable) -> Mapping[Classifier, ModelClassifier]:
    """Return the models that classify, each with breakers of its own."""
    targets = {Classifier.OLLAMA: _ollama(settings), Classifier.API: _api(settings)}
    return {
        classifier: ModelClassifier(target, attempts, Breakers(utc_now), prices, time.monotonic)
        for classifier, target in targets.items()
        if target is not None
    }


def _ollama(settings: Settings) -> Target | None:
    if settings.ollama_url is None:
        return None
    return build_target(ProviderName.OLLAMA, settings.ollama_model, "", overrides=overrides_of(settings))


def _api(settings: Settings) -> Target | None:
    """Return the model on the platform's first key of its provider; without one there is nothing to ask."""
    wanted = read_wanted(settings.routing_api_model or "")
    if wanted.provider is None:
        return None
    keys = [key.get_secret_value() for key in settings.managed_keys.get(wanted.provider, ())]
    if not keys and wanted.provider not in KEYLESS:
        return None
    return build_target(wanted.provider, wanted.model, keys[0] if keys else "", overrides=overrides_of(settings))
