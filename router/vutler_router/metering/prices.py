"""What models cost: a pinned snapshot, its overrides, and the way to look one up."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from vutler_router.domain.document import Field, read_document
from vutler_router.domain.model_names import undated
from vutler_router.domain.money import Nanos, to_nanos
from vutler_router.settings import ProviderName

__all__ = ["FREE", "ModelPrice", "PriceTable", "Rates", "load_prices"]


@dataclass(frozen=True, slots=True)
class Rates:
    """Prices of a million tokens each, in 1e-9 USD."""

    input: Nanos
    output: Nanos
    cached_read: Nanos
    cached_write: Nanos
    reasoning: Nanos


@dataclass(frozen=True, slots=True)
class ModelPrice:
    """What one model costs.

    Attributes:
        rates: The usual prices.
        above: Input tokens beyond which a whole request costs `long_rates`; None where length does not matter.
        long_rates: Prices of long requests.
    """

    rates: Rates
    above: int | None = None
    long_rates: Rates | None = None

    def is_long(self, input_tokens: int) -> bool:
        """Whether a request with this much input costs what long ones do."""
        return self.above is not None and self.long_rates is not None and input_tokens > self.above

    def rates_for(self, input_tokens: int) -> Rates:
        """Return the prices of a request with this much input."""
        if self.long_rates is not None and self.is_long(input_tokens):
            return self.long_rates
        return self.rates


_NOTHING: Final = Nanos(0)
FREE: Final = ModelPrice(Rates(_NOTHING, _NOTHING, _NOTHING, _NOTHING, _NOTHING))
"""What runs on the user's own machines, and `echo`."""

_FREE_PROVIDERS: Final = frozenset({ProviderName.CUSTOM, ProviderName.OLLAMA, ProviderName.ECHO})

_PASSED_ON: Final[Mapping[str, ProviderName]] = MappingProxyType(
    {
        "anthropic": ProviderName.ANTHROPIC,
        "google": ProviderName.GEMINI,
        "openai": ProviderName.OPENAI,
    }
)
"""Makers whose prices OpenRouter passes on (openrouter.ai/docs/faq, "Getting started"), by its names for them.

MiniMax and Mistral are not among them: others serve their open models for less, and short names mean other versions.
"""

_BUILT_IN: Final = Path(__file__).with_name("prices.json")

_REQUIRED: Final = ("input", "output")
_DERIVED: Final = {"cached_read": "input", "cached_write": "input", "reasoning": "output"}
"""Rates that may be left out, and what is charged then."""


class PriceTable:
    """Prices by provider and model.

    Attributes:
        prices: By `provider/model`.
        as_of: The day of the snapshot, with what overrides it.
        source: Where its prices were published.
    """

    def __init__(self, prices: Mapping[str, ModelPrice], *, as_of: str, source: str) -> None:
        self.prices: Final[Mapping[str, ModelPrice]] = MappingProxyType(dict(prices))
        self.as_of = as_of
        self.source = source

    def find(self, provider: str, model: str) -> ModelPrice | None:
        """Return a model's price, or None when nobody knows it: then its cost is unknown, not zero.

        A model at OpenRouter that is not listed costs what its maker asks, where OpenRouter passes that on.
        """
        if provider in _FREE_PROVIDERS:
            return FREE
        listed = self._listed(provider, model)
        if listed is None and provider == ProviderName.OPENROUTER:
            return self._passed_on(model)
        return listed

    def _listed(self, provider: str, model: str) -> ModelPrice | None:
        return self.prices.get(f"{provider}/{model}") or self.prices.get(f"{provider}/{undated(model)}")

    def _passed_on(self, model: str) -> ModelPrice | None:
        vendor, _, name = model.partition("/")
        maker = _PASSED_ON.get(vendor)
        if maker is None:
            return None
        # OpenRouter writes Anthropic's `claude-haiku-4-5` with a point.
        return self._listed(maker, name) or self._listed(maker, name.replace(".", "-"))

    def overridden(self, other: "PriceTable") -> "PriceTable":
        """Return a table in which another one's prices win."""
        return PriceTable(
            {**self.prices, **other.prices},
            as_of=f"{self.as_of}, overridden as of {other.as_of}",
            source=f"{self.source}; {other.source}",
        )


def load_prices(path: Path | None = None) -> PriceTable:
    """Read the built-in snapshot and, over it, a file of the same form.

    Raises:
        BrokenFile: A file is unusable; the message names line and field.
    """
    table = _read(_BUILT_IN)
    return table if path is None else table.overridden(_read(path))


def _read(path: Path) -> PriceTable:
    document = read_document(path).fields(["models"], ["as_of", "source", "unit"])
    prices = {name: _price(name, entry) for name, entry in document["models"].fields().items()}
    as_of = document["as_of"].text() if "as_of" in document else "an unknown day"
    source = document["source"].text() if "source" in document else path.name
    return PriceTable(prices, as_of=as_of, source=source)


def _price(name: str, entry: Field) -> ModelPrice:
    """Read one model's price, in USD per million tokens."""
    provider, _, model = name.partition("/")
    if provider not in set(ProviderName) or not model:
        entry.refuse("must be named provider/model")
    fields = entry.fields(_REQUIRED, [*_DERIVED, "above"])
    if "above" not in fields:
        return ModelPrice(_rates(fields))
    long = fields["above"].fields(["input_tokens", *_REQUIRED], _DERIVED)
    return ModelPrice(_rates(fields), long["input_tokens"].count(), _rates(long))


def _rates(fields: Mapping[str, Field]) -> Rates:
    found = {name: to_nanos(fields[name].amount()) for name in (*_REQUIRED, *_DERIVED) if name in fields}
    filled = {**{name: found[instead] for name, instead in _DERIVED.items()}, **found}
    return Rates(**filled)
