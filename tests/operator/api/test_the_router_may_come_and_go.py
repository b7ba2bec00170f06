import time
from pathlib import Path

import pytest

from tests.operator.api.operator_process import OperatorProcess, eventually, run_operator
from tests.operator.api.router_stand_in import StandInRouter
from tests.operator.api.world import World


def test_down_is_said_once_and_up_again_converges(
    own_operator: OperatorProcess, own_router: StandInRouter, world: World
) -> None:
    world.agent()
    world.await_reason("PodStarting")
    world.report_pod()
    world.await_reason("AgentReady")

    own_router.down = True
    down = world.await_reason("RouterUnreachable", seconds=30)
    assert down["message"].startswith("the router does not answer; the agent runs on")
    assert world.get("Agent", "ava")["status"]["phase"] == "Degraded"
    assert world.get("Deployment", "ava")["spec"]["replicas"] == 1
    before = own_operator.settle()
    assert own_operator.settle(quiet_seconds=5) == before
    world.patch("Agent", "ava", {"spec": {"tools": ["drive"]}})
    own_operator.settle()

    own_router.down = False

    eventually(lambda: own_router.agents[f"{world.namespace}.ava"]["tools"] == ["drive"], "the change is told")
    world.await_reason("AgentReady")


@pytest.mark.usefixtures("own_operator")
def test_an_empty_database_is_filled_again(own_router: StandInRouter, world: World) -> None:
    world.agent()
    world.await_reason("Synced", "RouterSynced")
    record = own_router.agents.pop(f"{world.namespace}.ava")

    eventually(lambda: own_router.agents.get(f"{world.namespace}.ava") == record, "the record is back", seconds=20)


@pytest.mark.usefixtures("own_operator")
def test_only_what_the_operator_made_and_lost_is_removed(own_router: StandInRouter, world: World) -> None:
    own_router.agents |= {
        f"{world.namespace}.gone": {"managed_by": "operator"},
        f"{world.namespace}.by-api": {"managed_by": "api"},
        "elsewhere.other": {"managed_by": "operator"},
    }

    eventually(lambda: f"{world.namespace}.gone" not in own_router.agents, "the orphan is removed", seconds=20)

    assert {f"{world.namespace}.by-api", "elsewhere.other"} <= own_router.agents.keys()


@pytest.mark.usefixtures("own_operator")
def test_nothing_is_sent_twice(own_router: StandInRouter, world: World) -> None:
    world.agent()
    world.await_reason("Synced", "RouterSynced")

    world.patch("Agent", "ava", {"metadata": {"annotations": {"touched": "1"}}})
    polls = own_router.calls.count("GET /api/v1/agents")
    eventually(lambda: own_router.calls.count("GET /api/v1/agents") > polls, "another look", seconds=20)

    assert [call for call in own_router.calls if call.startswith("PUT")] == [
        f"PUT /api/v1/agents/{world.namespace}.ava"
    ]


@pytest.mark.usefixtures("own_operator")
def test_an_unknown_tier_is_named_and_heals(own_router: StandInRouter, world: World) -> None:
    own_router.refused[f"{world.namespace}.ava"] = {
        "message": "tier gold is unknown; known are economy, standard",
        "code": "unknown_tier",
        "param": "llm.tier",
    }
    world.llm_config(mode="Managed", tier="gold")
    world.agent(llmConfigRef={"name": "default"})
    refused = world.await_reason("UnknownTier", "LLMReady")
    assert "known are economy, standard" in refused["message"]

    own_router.refused.clear()
    world.patch("LLMConfig", "default", {"spec": {"tier": "economy"}})

    world.await_reason("Resolved", "LLMReady")


def test_usage_is_shown_and_written_only_when_it_changed(
    own_operator: OperatorProcess, own_router: StandInRouter, world: World
) -> None:
    own_router.usage = [
        {
            "agent_id": f"{world.namespace}.ava",
            "requests": 3,
            "tokens_total": 1200,
            "cost_total": 0.0125,
            "included_tokens": 1000,
            "percent": 120.0,
            "overage_tokens": 200,
        }
    ]
    world.agent()

    world.await_reason("PlanExceeded", "WithinFairUse", seconds=30)
    usage = world.get("Agent", "ava")["status"]["usage"]
    assert {
        key: usage[key] for key in ("requests", "tokens", "includedTokens", "percent", "cost", "overageTokens")
    } == {
        "requests": 3,
        "tokens": 1200,
        "includedTokens": 1000,
        "percent": 120,
        "cost": 0.0125,
        "overageTokens": 200,
    }
    before = own_operator.settle()
    polls = len(own_router.calls)
    eventually(lambda: len(own_router.calls) > polls + 1, "another poll", seconds=20)
    assert own_operator.settle() == before


@pytest.mark.usefixtures("own_operator")
def test_slow_answers_delay_no_deployment(own_router: StandInRouter, world: World) -> None:
    own_router.delay_seconds = 2

    for number in range(10):
        world.agent(f"n{number}")
    started = time.monotonic()
    eventually(lambda: len(world.all("Deployment")) == 10, "ten Deployments", seconds=30)

    assert time.monotonic() - started < 10, "no Deployment waits for the router"
    wanted = {f"{world.namespace}.n{number}" for number in range(10)}
    eventually(
        lambda: own_router.agents.keys() == wanted, "ten agents at two seconds each, several at once", seconds=40
    )
    world.await_reason("Synced", "RouterSynced", name="n9", seconds=40)


@pytest.mark.usefixtures("own_operator")
def test_a_list_of_several_pages_is_read_to_its_end(own_router: StandInRouter, world: World) -> None:
    own_router.page_size = 2
    lost = {f"{world.namespace}.gone-{number}" for number in range(5)}
    own_router.agents |= {identifier: {"managed_by": "operator"} for identifier in lost}
    world.agent()

    eventually(lambda: own_router.agents.keys() == {f"{world.namespace}.ava"}, "what is on no first page", seconds=25)
    looks = own_router.calls.count("GET /api/v1/agents")
    eventually(lambda: own_router.calls.count("GET /api/v1/agents") > looks, "another look", seconds=20)
    assert len([call for call in own_router.calls if call.startswith("DELETE")]) == len(lost), "each removed once"


def test_a_look_without_news_is_three_cheap_questions(
    own_operator: OperatorProcess, own_router: StandInRouter, world: World
) -> None:
    for number in range(5):
        world.agent(f"n{number}")
        world.await_reason("Synced", "RouterSynced", name=f"n{number}")
    own_operator.settle()
    own_router.calls.clear()
    started = time.monotonic()

    eventually(lambda: len(own_router.calls) >= 6, "two looks", seconds=40)

    look = ["GET /api/v1/agents", "GET /api/v1/usage/summary", "GET /api/v1/key-troubles"]
    assert own_router.calls[:6] == look * 2
    assert time.monotonic() - started > 9, "ten seconds apart"


@pytest.mark.usefixtures("own_operator")
def test_a_record_that_was_altered_is_set_back(own_router: StandInRouter, world: World) -> None:
    world.agent()
    world.await_reason("Synced", "RouterSynced")
    identifier = f"{world.namespace}.ava"
    record = own_router.agents[identifier]

    own_router.agents[identifier] = {**record, "display_name": "Mallory", "revision": None}

    eventually(lambda: own_router.agents[identifier] == record, "the record as it was", seconds=25)


def test_another_admin_token_is_said(world: World, own_router: StandInRouter, tmp_path: Path) -> None:
    wrong = {"ROUTER_ADMIN_TOKEN": "another"}
    with run_operator(world.server.kubeconfig, own_router.url, tmp_path, world.namespace, **wrong):
        world.agent()
        said = world.await_reason("RouterRefusesOperator", "RouterSynced", seconds=30)

    assert "Give operator and router the same ROUTER_ADMIN_TOKEN" in said["message"]
    assert "another" not in said["message"]


def test_a_blocked_agent_whose_pod_runs_on_is_told_all_the_same(
    own_router: StandInRouter, world: World, tmp_path: Path
) -> None:
    world.secret("openai", key="sk-1")
    key = {"name": "openai", "key": "key"}
    world.llm_config(mode="BYOKey", provider="openai", model="gpt-4o-mini", apiKeySecretRef=key)
    world.create("v1", "ConfigMap", "texts", data={"prompt": "You are Ava."})
    identifier = f"{world.namespace}.ava"
    with run_operator(world.server.kubeconfig, own_router.url, tmp_path, world.namespace):
        prompt = {"configMapKeyRef": {"name": "texts", "key": "prompt"}}
        world.agent(llmConfigRef={"name": "default"}, systemPromptFrom=prompt)
        world.await_reason("Synced", "RouterSynced")
        world.delete("ConfigMap", "texts")
        world.await_reason("ConfigMapNotFound")
    record = own_router.agents.pop(identifier)

    with run_operator(world.server.kubeconfig, own_router.url, tmp_path, world.namespace):
        eventually(lambda: own_router.agents.get(identifier) == record, "known with its own tokens", seconds=30)
        world.patch("Secret", "openai", {"data": {"key": "c2stMg=="}})
        eventually(lambda: own_router.agents[identifier]["llm"]["api_key"] == "sk-2", "a new key", seconds=30)
