from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
        (
            {"systemPromptFrom": {"configMapKeyRef": {"name": "n", "key": "k"}}},
            {"systemPromptFrom": {"configMapKeyRef": {"name": "m", "key": "l"}}},
            {"systemPromptFrom": {"configMapKeyRef": {"name": "m", "key": "l"}}},
        ),
        ({"llmConfigRef": {"name": "t"}}, {"llmConfigRef": {"name": "a"}}, {"llmConfigRef": {"name": "a"}}),
        ({"skills": {"a": "1"}}, {"skills": {"b": "2"}}, {"skills": {"a": "1", "b": "2"}}),
        (
            {"skills": {"a": {"configMapKeyRef": {"name": "n", "key": "k"}}}},
            {"skills": {"a": "1"}},
            {"skills": {"a": "1"}},
        ),
        ({"delegates": [{"name": "ben"}]}, {"delegates": []}, {"delegates": []}),
        (
            {"storage": {"size": "1Gi", "ephemeral": True}},
            {"storage": {"size": "2Gi"}},
            {"storage": {"size": "2Gi", "ephemeral": True}},
        ),
        (
            {"runtime": {"config": {"agents": {"defaults": {"a": 1, "b": [1, 2]}}}}},
            {"runtime": {"config": {"agents": {"defaults": {"b": [3]}}}}},
            {"runtime": {"config": {"agents": {"defaults": {"a": 1, "b": [3]}}}}},
        ),
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


leaves = st.sampled_from([True, 1, "x", ["x"], []])
inner = st.dictionaries(st.sampled_from("ab"), leaves, min_size=1, max_size=2)
maps = st.dictionaries(st.sampled_from("ab"), st.one_of(leaves, inner), min_size=1, max_size=2)
specs = st.fixed_dictionaries(
    {},
    optional={
        "displayName": st.sampled_from(["T", "A"]),
        "tools": st.lists(st.sampled_from(["email", "chat", "drive"]), unique=True),
        "systemPrompt": st.sampled_from(["one", "two"]),
        "systemPromptFrom": maps,
        "llmConfigRef": maps,
        "mcpServers": maps,
        "skills": maps,
        "storage": maps,
        "runtime": maps,
    },
)


def leaves_of(tree: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    if not isinstance(tree, dict):
        yield path, tree
    for key, below in tree.items() if isinstance(tree, dict) else ():
        yield from leaves_of(below, (*path, key))


@given(specs)
def test_an_agent_that_says_nothing_is_its_template(template: dict[str, Any]) -> None:
    assert merge_spec(template, {}) == template
    assert merge_spec(template, template) == template


@given(specs)
def test_without_a_template_an_agent_is_what_it_says(agent: dict[str, Any]) -> None:
    assert merge_spec({}, agent) == agent


@given(specs, specs)
def test_all_that_an_agent_says_holds(template: dict[str, Any], agent: dict[str, Any]) -> None:
    merged = dict(leaves_of(merge_spec(template, agent)))

    assert {path: merged.get(path) for path, _ in leaves_of(agent)} == dict(leaves_of(agent))


@given(specs, specs)
def test_nothing_comes_from_elsewhere_than_the_two(template: dict[str, Any], agent: dict[str, Any]) -> None:
    known = [*leaves_of(template), *leaves_of(agent)]

    assert all(leaf in known for leaf in leaves_of(merge_spec(template, agent)))


@given(specs, specs)
def test_what_is_one_thing_is_never_mixed(template: dict[str, Any], agent: dict[str, Any]) -> None:
    merged: dict[str, Any] = dict(merge_spec(template, agent))

    for name in ("llmConfigRef", "systemPromptFrom"):
        if name in agent:
            assert merged[name] == agent[name]
    for name in ("mcpServers", "skills"):
        for entry, content in agent.get(name, {}).items():
            assert merged[name][entry] == content
    if "systemPrompt" in agent and "systemPromptFrom" not in agent:
        assert "systemPromptFrom" not in merged


@given(specs, specs)
def test_merging_again_changes_nothing(template: dict[str, Any], agent: dict[str, Any]) -> None:
    merged = merge_spec(template, agent)

    assert merge_spec(merged, agent) == merged
