from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import cast

import pytest
import yaml

from hack.demo.release import ROOT
from tests.support.platform import Platform

pytestmark = [pytest.mark.node, pytest.mark.timeout(1800)]

EXAMPLES = sorted(path for path in (ROOT / "examples").iterdir() if path.is_dir())


def agents_of(example: Path) -> list[str]:
    documents = [document for file in example.glob("*.yaml") for document in yaml.safe_load_all(file.read_text())]
    return [document["metadata"]["name"] for document in documents if document["kind"] == "Agent"]


def ready_reason(platform: Platform, namespace: str, name: str) -> str:
    status = platform.target.get("agents.vutler.io", name, "-n", namespace).get("status", {})
    conditions = cast("Sequence[dict[str, str]]", cast("dict[str, object]", status).get("conditions", []))
    return next((f"{found['status']} {found['reason']}" for found in conditions if found["type"] == "Ready"), "unseen")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_the_agents_of_an_example_become_ready(example: Path, platform: Platform, namespace: str) -> None:
    platform.target.run("kubectl", "apply", "-n", namespace, "-f", str(example))
    for name in agents_of(example):
        platform.wait_until(partial(ready_reason, platform, namespace, name), "True", seconds=240)


def test_there_are_examples() -> None:
    assert {path.name for path in EXAMPLES} >= {"first-agent", "own-key", "from-template"}
