from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.api_server import ROOT, ApiServer

EXAMPLES = sorted(path for path in (ROOT / "examples").iterdir() if path.is_dir())
README_LINES = 5

each_example = pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)


def manifests(example: Path) -> list[dict[str, Any]]:
    return [found for file in sorted(example.glob("*.yaml")) for found in yaml.safe_load_all(file.read_text())]


def named(example: Path, kind: str) -> dict[str, dict[str, Any]]:
    return {found["metadata"]["name"]: found for found in manifests(example) if found["kind"] == kind}


@each_example
def test_an_example_applies_as_it_is(example: Path, crds: ApiServer, namespace: str) -> None:
    applied = crds.kubectl("apply", "-n", namespace, "-f", str(example))
    assert (applied.returncode, applied.stderr) == (0, "")


@each_example
def test_an_example_applied_twice_changes_nothing(example: Path, crds: ApiServer, namespace: str) -> None:
    seen = []
    for _ in range(2):
        crds.kubectl("apply", "-n", namespace, "-f", str(example))
        versions = "jsonpath={.items[*].metadata.resourceVersion}"
        seen.append(crds.kubectl("get", "-n", namespace, "-f", str(example), "-o", versions).stdout.split())
    assert seen[0] == seen[1]
    assert len(seen[0]) == len(manifests(example))


@each_example
def test_an_example_fits_any_namespace(example: Path) -> None:
    assert [found for found in manifests(example) if "namespace" in found["metadata"]] == []


@each_example
def test_an_example_has_an_agent_whose_references_are_there(example: Path) -> None:
    agents, settings = named(example, "Agent"), named(example, "LLMConfig")
    assert agents
    for agent in agents.values():
        assert agent["spec"]["llmConfigRef"]["name"] in settings
        assert {peer["name"] for peer in agent["spec"].get("delegates", [])} <= agents.keys()


@each_example
def test_the_files_that_an_example_names_are_in_its_configmaps(example: Path) -> None:
    held = {(name, key) for name, found in named(example, "ConfigMap").items() for key in found["data"]}
    wanted = {(ref["name"], ref["key"]) for ref in _references(manifests(example), "configMapKeyRef")}
    assert wanted == held


@each_example
def test_the_keys_that_an_example_names_are_in_its_secrets_as_placeholders(example: Path) -> None:
    secrets = named(example, "Secret")
    wanted = {(ref["name"], ref["key"]) for ref in _references(manifests(example), "apiKeySecretRef")}
    assert wanted == {(name, key) for name, found in secrets.items() for key in found["stringData"]}
    assert all(value.startswith("replace-me") for found in secrets.values() for value in found["stringData"].values())


@each_example
def test_an_example_explains_itself_in_five_lines(example: Path) -> None:
    lines = (example / "README.md").read_text().splitlines()
    assert len(lines) <= README_LINES
    assert f"kubectl apply -f examples/{example.name}" in "\n".join(lines)


def test_the_overview_names_every_example() -> None:
    overview = (ROOT / "examples" / "README.md").read_text()
    assert [example.name for example in EXAMPLES if f"]({example.name}/)" not in overview] == []


def _references(node: object, name: str) -> list[dict[str, str]]:
    """Return every value of a field of a name, wherever it is."""
    if isinstance(node, list):
        return [found for item in node for found in _references(item, name)]
    if not isinstance(node, dict):
        return []
    return ([node[name]] if name in node else []) + [f for child in node.values() for f in _references(child, name)]
