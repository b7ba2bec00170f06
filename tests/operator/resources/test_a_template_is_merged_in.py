from typing import Any

import pytest

from vutler_operator.resources.agent import AgentSpec
from vutler_operator.resources.template import merge_spec


@pytest.mark.parametrize(
    ("template", "agent", "merged"),
    [
        ({}, {}, {}),
        ({"displayName": "T"}, {}, {"displayName": "T"}),
        ({"displayName": "T"}, {"displayName": "A"}, {"displayName": "A"}),
        ({"tools": ["email", "chat"]}, {"tools": ["drive"]}, {"tools": ["drive"]}),
        (
            {"runtime": {"nodeSelector": {"a": "1", "b": "1"}, "env": [{"name": "X"}]}},
            {"runtime": {"nodeSelector": {"b": "2"}}},
            {"runtime": {"nodeSelector": {"a": "1", "b": "2"}, "env": [{"name": "X"}]}},
        ),
        ({"running": True}, {"running": False}, {"running": False}),
        (
            {"systemPrompt": "T"},
            {"systemPromptFrom": {"configMapKeyRef": {"name": "n", "key": "k"}}},
            {"systemPromptFrom": {"configMapKeyRef": {"name": "n", "key": "k"}}},
        ),
        (
            {"systemPromptFrom": {"configMapKeyRef": {"name": "n", "key": "k"}}},
            {"systemPrompt": "A"},
            {"systemPrompt": "A"},
        ),
        ({"skills": {"a": "1"}}, {"skills": {"b": "2"}}, {"skills": {"a": "1", "b": "2"}}),
    ],
)
def test_maps_merge_lists_replace_and_the_agent_wins(
    template: dict[str, Any], agent: dict[str, Any], merged: dict[str, Any]
) -> None:
    assert merge_spec(template, agent) == merged


def test_a_templates_headers_never_reach_another_address() -> None:
    header = {"name": "Authorization", "secretKeyRef": {"name": "s", "key": "k"}}
    template: dict[str, Any] = {"mcpServers": {"mail": {"url": "https://good.example", "headersFrom": [header]}}}

    merged = merge_spec(template, {"mcpServers": {"mail": {"url": "https://other.example"}}})

    assert merged == {"mcpServers": {"mail": {"url": "https://other.example"}}}


def test_merging_changes_neither_side() -> None:
    template: dict[str, Any] = {"runtime": {"nodeSelector": {"a": "1"}}}

    merge_spec(template, {"runtime": {"nodeSelector": {"b": "2"}}})

    assert template == {"runtime": {"nodeSelector": {"a": "1"}}}


def test_defaults_apply_after_the_merge() -> None:
    spec = AgentSpec.model_validate(merge_spec({"tools": ["chat"]}, {}))

    assert spec.tools == ("chat",)
    assert AgentSpec.model_validate({}).tools == ("email", "chat", "drive")
    assert AgentSpec.model_validate({}).storage.size == "5Gi"
