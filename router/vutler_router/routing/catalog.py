"""Facts about models that callers plan by: how much each takes and what it can do.

A built-in snapshot, written by `python -m hack.catalog`. A model it does not know works as well: its facts are unknown.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Final

import orjson

from vutler_router.domain.model_names import undated
from vutler_router.settings import ProviderName

__all__ = ["Capability", "Catalogue", "ModelFacts", "load_catalogue", "spelling"]


class Capability(StrEnum):
    """What a model may be asked for beyond text in, text out; every listed chat model can stream."""

    EMBEDDINGS = "embeddings"
    """Turns text into vectors, and does nothing else."""

    JSON_SCHEMA = "json_schema"
    """Answers in the form of a given JSON Schema."""

    REASONING = "reasoning"
    """Thinks before it answers."""

    TOOLS = "tools"
    """Calls functions."""

    VISION = "vision"
    """Takes images."""


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What is known of one model.

    Attributes:
        context_window: Tokens of prompt and answer together; None when unknown.
        max_output_tokens: Tokens of the longest answer; None when unknown, and for embeddings.
        capabilities: What the model is known to do. One that is missing is unknown, not denied. They are the model's:
            an endpoint of its provider may pass on less.
    """

    context_window: int | None
    max_output_tokens: int | None
    capabilities: frozenset[Capability]


_VENDORS: Final[Mapping[str, ProviderName]] = MappingProxyType(
    {
        "anthropic": ProviderName.ANTHROPIC,
        "google": ProviderName.GEMINI,
        "minimax": ProviderName.MINIMAX,
        "mistralai": ProviderName.MISTRAL,
        "openai": ProviderName.OPENAI,
    }
)
"""What OpenRouter calls the makers of models (openrouter.ai, "Models")."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Facts by provider and model.

    Attributes:
        models: By the spelling of `provider/model`.
        as_of: The day of the snapshot, `YYYY-MM-DD`.
        source: Where its facts were published.
    """

    models: Mapping[str, ModelFacts]
    as_of: str
    source: str

    def find(self, provider: str, model: str) -> ModelFacts | None:
        """Return what is known of a model, or None when nothing is.

        A dated name finds the undated one. A name at OpenRouter that is not listed finds what its maker says of the
        model: whoever serves it there, and a `:free` variant above all, may take less.
        """
        if provider == ProviderName.OPENROUTER:
            model = model.partition(":")[0]
            return self._listed(provider, model) or self._makers(model)
        return self._listed(provider, model)

    def _listed(self, provider: str, model: str) -> ModelFacts | None:
        name = spelling(f"{provider}/{model}")
        return self.models.get(name) or self.models.get(undated(name))

    def _makers(self, model: str) -> ModelFacts | None:
        vendor, _, name = model.partition("/")
        return self._listed(_VENDORS[vendor], name) if vendor in _VENDORS else None


def spelling(name: str) -> str:
    """Return the one form in which spellings of a name meet: OpenRouter's `claude-haiku-4.5` and Anthropic's."""
    return name.lower().replace(".", "-")


def load_catalogue() -> Catalogue:
    """Read the built-in snapshot."""
    document = orjson.loads(Path(__file__).with_name("models.json").read_bytes())
    models = {
        spelling(name): ModelFacts(
            context_window=entry.get("context_window"),
            max_output_tokens=entry.get("max_output_tokens"),
            capabilities=frozenset(map(Capability, entry["capabilities"])),
        )
        for name, entry in document["models"].items()
    }
    return Catalogue(MappingProxyType(models), as_of=document["as_of"], source=document["source"])
