"""Write what the dashboard is generated from: openapi.json, and the models that the router knows, by provider.

`npm run api` runs it, with the project's own Python. No server is started and nothing is sent.
"""

import asyncio
import json
import tempfile
from collections import defaultdict
from importlib.resources import files
from pathlib import Path
from typing import Final

import httpx

from vutler_router.app import create_app
from vutler_router.container import open_process
from vutler_router.settings import load_settings

__all__ = ["UI", "generated"]

UI: Final = Path(__file__).parent.parent / "ui"


async def _description() -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings({"ROUTER_DATA_DIR": folder, "ROUTER_CLUSTER": "off", "MANAGED_LLM_PROVIDER": "echo"})
        async with open_process(settings) as process:
            transport = httpx.ASGITransport(create_app(process))
            async with httpx.AsyncClient(transport=transport, base_url="http://router") as client:
                answer = await client.get("/openapi.json")
                described: dict[str, object] = answer.raise_for_status().json()
                return described


def _models() -> dict[str, list[str]]:
    known = json.loads(files("vutler_router").joinpath("routing/models.json").read_text(encoding="utf-8"))
    by_provider: defaultdict[str, list[str]] = defaultdict(list)
    for name in sorted(known["models"]):
        provider, _, model = name.partition("/")
        by_provider[provider].append(model)
    return dict(by_provider)


def _text(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def generated() -> dict[str, str]:
    """Return what each file has to hold, by its place in `ui/`."""
    return {
        "src/api/openapi.json": _text(asyncio.run(_description())),
        "src/llm/catalogue.json": _text(_models()),
    }


if __name__ == "__main__":
    for name, text in generated().items():
        (UI / name).write_text(text, encoding="utf-8")
