"""The plans (tiers) that the platform sells."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final

from vutler_router.domain.document import Field, read_document
from vutler_router.domain.money import Nanos, to_nanos
from vutler_router.errors import UnknownTier
from vutler_router.settings import MANAGEABLE, ProviderName

__all__ = ["PlanTerms", "Plans", "Tier", "TierModel", "load_plans"]


@dataclass(frozen=True, slots=True)
class TierModel:
    """A model that a plan answers with."""

    provider: ProviderName
    model: str


@dataclass(frozen=True, slots=True)
class PlanTerms:
    """What a plan says about one answer's price, as it was when the answer came.

    Attributes:
        included_tokens: Tokens a month that the plan's price covers.
        overage_per_million: Price of a further million, in 1e-9 USD.
    """

    included_tokens: int
    overage_per_million: Nanos


def _no_routing() -> Mapping[str, tuple[TierModel, ...]]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Tier:
    """One plan.

    Attributes:
        id: What settings call it (`economy`).
        name: What people call it (`Starter`).
        price_monthly: In 1e-9 USD.
        included_tokens: Input and output tokens a month that the price covers.
        overage_per_million: Price of a further million, in 1e-9 USD.
        models: What answers, in order of preference.
        description: In words for people who do not know what a token is.
        weight: The share of an agent on this plan where agents wait for the same key, beside the others' weights.
        routing: Which of the models answer a category of requests, in order of preference, by the category's name. All
            of them answer one that is not here. It counts in comparisons and not in hashes.
    """

    id: str
    name: str
    price_monthly: Nanos
    included_tokens: int
    overage_per_million: Nanos
    models: tuple[TierModel, ...]
    description: str = ""
    weight: int = 1
    routing: Mapping[str, tuple[TierModel, ...]] = field(default_factory=_no_routing, hash=False)

    @property
    def terms(self) -> PlanTerms:
        """What further tokens cost, and from where on."""
        return PlanTerms(self.included_tokens, self.overage_per_million)


class Plans:
    """The tiers on sale, in the order they are shown."""

    def __init__(self, tiers: Sequence[Tier]) -> None:
        self._tiers: Mapping[str, Tier] = {tier.id: tier for tier in tiers}

    def __iter__(self) -> Iterator[Tier]:
        return iter(self._tiers.values())

    def find(self, tier_id: str) -> Tier | None:
        """Return a tier, or None when it is not on sale (any more)."""
        return self._tiers.get(tier_id)

    def get(self, tier_id: str, *, param: str = "tier") -> Tier:
        """Return a tier that a caller names. Raises `UnknownTier`."""
        tier = self.find(tier_id)
        if tier is None:
            raise UnknownTier(f"There is no tier of that id; choose one of: {', '.join(self._tiers)}.", param=param)
        return tier


_BUILT_IN: Final = Path(__file__).with_name("tiers.yaml")
_CATEGORY: Final = re.compile(r"[a-z0-9]([-_a-z0-9]{0,61}[a-z0-9])?")
"""The name of a category, as in the CRD."""

_REQUIRED: Final = ("id", "name", "price_monthly", "included_tokens", "overage_per_million", "models")


def load_plans(path: Path | None = None) -> Plans:
    """Read the tiers file, or the built-in three plans.

    Raises:
        BrokenFile: The file is unusable; the message names line and field.
    """
    document = read_document(path or _BUILT_IN)
    entries = (document if document.is_list else document.fields(["tiers"], [])["tiers"]).items()
    tiers: dict[str, Tier] = {}
    for entry in entries:
        tier = _tier(entry)
        if tier.id in tiers:
            entry.refuse(f"the tier {tier.id} is given twice")
        tiers[tier.id] = tier
    if not tiers:
        document.refuse("needs at least one tier")
    return Plans(tuple(tiers.values()))


def _tier(entry: Field) -> Tier:
    """Read one tier."""
    fields = entry.fields(_REQUIRED, ["description", "weight", "routing"])
    models = tuple(_tier_model(model) for model in fields["models"].items())
    if not models:
        fields["models"].refuse("needs at least one model, written provider/model")
    return Tier(
        id=fields["id"].text(),
        name=fields["name"].text(),
        price_monthly=to_nanos(fields["price_monthly"].amount()),
        included_tokens=fields["included_tokens"].count(),
        overage_per_million=to_nanos(fields["overage_per_million"].amount()),
        models=models,
        description=fields["description"].text() if "description" in fields else "",
        weight=_weight(fields["weight"]) if "weight" in fields else 1,
        routing=_routing(fields["routing"], models) if "routing" in fields else _no_routing(),
    )


def _weight(entry: Field) -> int:
    """Read a share, which cannot be none: such an agent would wait for ever."""
    weight = entry.count()
    if weight < 1:
        entry.refuse("must be one or more")
    return weight


def _routing(entry: Field, offered: Sequence[TierModel]) -> Mapping[str, tuple[TierModel, ...]]:
    """Read which models of the plan answer which category."""
    routing: dict[str, tuple[TierModel, ...]] = {}
    for category, listed in entry.fields().items():
        if not _CATEGORY.fullmatch(category):
            listed.refuse("must be the name of a category: lower-case letters, digits, '-' and '_', for example code")
        routing[category] = _models_of_category(listed, offered)
    return MappingProxyType(routing)


def _models_of_category(entry: Field, offered: Sequence[TierModel]) -> tuple[TierModel, ...]:
    models: list[TierModel] = []
    for item in entry.items():
        model = _tier_model(item)
        if model not in offered:
            item.refuse("must be one of the tier's models")
        if model in models:
            item.refuse("is given twice")
        models.append(model)
    if not models:
        entry.refuse("needs at least one of the tier's models")
    return tuple(models)


def _tier_model(entry: Field) -> TierModel:
    """Read `provider/model`; the model's own name may hold further slashes."""
    provider, _, model = entry.text().partition("/")
    if provider not in MANAGEABLE or not model:
        known = ", ".join(sorted(MANAGEABLE))
        entry.refuse(f"must be written provider/model, with one of the providers {known}")
    return TierModel(ProviderName(provider), model)
