"""Why a request went to the model that it went to: a value, and how it is shown and kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from vutler_router.domain.money import Nanos
from vutler_router.metering.prices import ModelPrice
from vutler_router.providers.target import Target
from vutler_router.services.routing.orders import PassedOver
from vutler_router.settings import RoutingMode

__all__ = ["Classification", "Classifier", "Decision", "Variant"]


class Classifier(StrEnum):
    """Who found the category."""

    REQUEST = "request"
    """The request itself: it forces a tool, or any request with tools counts as one for them."""

    KEYWORDS = "keywords"
    """The local classifier."""

    OLLAMA = "ollama"
    API = "api"
    CONVERSATION = "conversation"
    """An earlier request: tools have answered since, and the model is in the middle of its work."""


class Variant(StrEnum):
    """Which model of a comparison answers."""

    NONE = ""
    FIRST = "a"
    SECOND = "b"


@dataclass(frozen=True, slots=True)
class Classification:
    """What kind of request it is.

    Attributes:
        confidence: How sure that is, 0 to 1; a model that was asked says nothing of it, which counts as 1.
        signals: The reasons in words, the strongest first; they may quote the person.
        public_signals: The same without any word of the person's.
        scores: The share of every category that was considered, where there are any.
        seconds: How long it took; 0 for what needed nobody else.
        cost: What the model that was asked charges, 1e-9 USD.
        not_asked: Models that could have been asked and were not, or did not help, each with the reason.
    """

    category: str
    confidence: float
    classifier: Classifier
    signals: tuple[str, ...] = ()
    public_signals: tuple[str, ...] = ()
    scores: Mapping[str, float] = field(default_factory=dict)
    seconds: float = 0.0
    cost: int = 0
    not_asked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """What was chosen for one request.

    Attributes:
        classification: The category, and why.
        targets: Whom to ask, in order.
        listed: How many of these the category's list named.
        passed_over: What else it named.
        variant: Which model of a comparison comes first.
        conversation: A hash of the conversation's turn, by which further requests of a tool loop are known.
        estimates: What each target is expected to charge, 1e-9 USD; None where no price is known.
        dearest: The one that stands for the strongest model; None where no price is known.
        dearest_price: Its price.
        tokens: What the estimates suppose: tokens of prompt and answer.
    """

    mode: RoutingMode
    classification: Classification
    targets: tuple[Target, ...]
    listed: int
    passed_over: tuple[PassedOver, ...]
    variant: Variant
    conversation: bytes
    estimates: tuple[Nanos | None, ...]
    dearest: Target | None
    dearest_price: ModelPrice | None
    tokens: tuple[int, int]

    @property
    def category(self) -> str:
        """The category's name."""
        return self.classification.category

    @property
    def estimate(self) -> Nanos:
        """What the first target is expected to charge, 1e-9 USD; 0 where its price is not known."""
        return self.estimates[0] or Nanos(0)
