import json
from typing import Any

import pytest

from tests.operator.builders.agents import children_of
from vutler_operator.builders.openclaw_config import PROTECTED_PATHS
from vutler_operator.errors import Blocked


def nested(path: tuple[str, ...], value: object) -> dict[str, Any]:
    for key in reversed(path):
        value = {key: value}
    assert isinstance(value, dict)
    return value


def config_of(overrides: dict[str, Any]) -> dict[str, Any]:
    children = children_of({"spec": {"runtime": {"config": overrides}}})
    config: dict[str, Any] = json.loads(children["ConfigMap"]["data"]["openclaw.json"])
    return config


@pytest.mark.parametrize("path", PROTECTED_PATHS, ids=".".join)
def test_a_protected_path_is_refused_by_name(path: tuple[str, ...]) -> None:
    with pytest.raises(Blocked, match=rf"^spec\.runtime\.config\.{'.'.join(path)} is set by Vutler") as refused:
        config_of(nested(path, {"x": 1}))

    assert refused.value.reason == "ProtectedPath"


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"models": None}, "spec.runtime.config.models must be an object, not null"),
        ({"tools": []}, "spec.runtime.config.tools must be an object, not a list"),
        ({"tools": {"toolSearch": "no"}}, "spec.runtime.config.tools.toolSearch must be a boolean, not a string"),
        ({"agents": {"defaults": {"maxConcurrent": True}}}, "must be a number, not a boolean"),
    ],
)
def test_another_type_is_refused_by_path(overrides: dict[str, Any], message: str) -> None:
    with pytest.raises(Blocked) as refused:
        config_of(overrides)

    assert refused.value.reason == "InvalidConfig"
    assert message in str(refused.value)


def test_maps_merge_and_lists_replace() -> None:
    config = config_of({"agents": {"defaults": {"skills": ["a"], "timeoutSeconds": 5}}, "session": {"dmScope": "main"}})

    defaults = config["agents"]["defaults"]
    assert (defaults["skills"], defaults["timeoutSeconds"], defaults["maxConcurrent"]) == (["a"], 5, 4)
    assert config["session"] == {"dmScope": "main"}


def test_a_prompt_that_openclaw_would_cut_is_refused() -> None:
    with pytest.raises(Blocked, match="20001 characters") as refused:
        children_of({"prompt": "x" * 20_001})

    assert refused.value.reason == "PromptTooLong"
