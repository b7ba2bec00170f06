"""Reads the Agents of the golden folders and builds what they become."""

from pathlib import Path
from typing import Any

import yaml

from vutler_operator.builders import AgentInputs, Tokens, build_children
from vutler_operator.resources.agent import AgentSpec
from vutler_operator.resources.objects import Manifest
from vutler_operator.settings import Settings

DATA = Path(__file__).resolve().parents[1] / "data"
SETTINGS = Settings.from_environment({"ROUTER_ADMIN_TOKEN": "admin"})
TOKENS = Tokens("r" * 43, "g" * 43)


def inputs_of(case: dict[str, Any]) -> AgentInputs:
    """Return the inputs of a case: `spec`, and what its references resolve to."""
    metadata = {"name": "ava", "namespace": "team-a", "uid": "0f0e", "generation": 1}
    return AgentInputs(
        owner={"apiVersion": "vutler.io/v1alpha1", "kind": "Agent", "metadata": metadata},
        spec=AgentSpec.model_validate(case.get("spec", {})),
        tokens=TOKENS,
        prompt=case.get("prompt", ""),
        skills=case.get("skills", {}),
        external=case.get("external", {}),
    )


def children_of(case: dict[str, Any], settings: Settings = SETTINGS) -> dict[str, Manifest]:
    """Build a case's children by kind."""
    return {child["kind"]: child for child in build_children(inputs_of(case), settings)}


def golden_cases() -> list[Path]:
    """Return the folders that hold an agent and what it must become."""
    return sorted(path.parent for path in DATA.glob("*/agent.yaml"))


def read(path: Path) -> Any:
    """Read the documents of a YAML file."""
    documents = list(yaml.safe_load_all(path.read_text()))
    return documents if len(documents) > 1 else documents[0]
