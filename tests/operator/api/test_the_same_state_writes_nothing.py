"""Every write is counted by the API server itself, in its audit log, for an account that only the operator has."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.operator.api.account import Account, operator_account
from tests.operator.api.operator_process import OperatorProcess, eventually, run_operator
from tests.operator.api.rich_agent import rich_agent
from tests.operator.api.router_stand_in import StandInRouter
from tests.operator.api.world import World

PASSES = 10
AGENTS = ("ava", "tim", "sol", "flo", "bea", "kay", "con")
LLM_CONFIGS = ("default", "keyless")


@pytest.fixture
def account(world: World, tmp_path: Path) -> Account:
    return operator_account(world.server, world.namespace, tmp_path)


@pytest.fixture
def own_operator(
    world: World, account: Account, own_router: StandInRouter, tmp_path: Path
) -> Iterator[OperatorProcess]:
    """Run an operator that looks at everything anew every second."""
    period = {"OPERATOR_RESYNC_SECONDS": "1"}
    with run_operator(account.kubeconfig, own_router.url, tmp_path, world.namespace, **period) as operator:
        yield operator
        assert "Traceback" not in operator.log.read_text()


def make_one_of_each(world: World) -> None:
    """Make an agent in each state: running, from a template, stopped, failing, and blocked in three ways."""
    template = {"agent": {"systemPrompt": "You support.", "llmConfigRef": {"name": "default"}}}
    world.create("vutler.io/v1alpha1", "AgentTemplate", "support", spec=template)
    world.create("v1", "ConfigMap", "con-config", data={})
    key = {"name": "nowhere", "key": "key"}
    world.llm_config("keyless", mode="BYOKey", provider="openai", model="gpt-4o", apiKeySecretRef=key)
    rich_agent(world)
    world.agent("tim", templateRef={"name": "support"}, storage={"ephemeral": True})
    world.agent("sol", running=False)
    world.agent("flo")
    world.agent("bea", templateRef={"name": "nowhere"})
    world.agent("kay", llmConfigRef={"name": "keyless"})
    world.agent("con")
    for name in ("ava", "tim"):
        world.report_pod(name)
    crash = {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off"}}
    world.report_pod("flo", state=crash, restartCount=3)
    for name, reason in (
        ("ava", "AgentReady"),
        ("tim", "AgentReady"),
        ("sol", "Stopped"),
        ("flo", "CrashLoopBackOff"),
        ("bea", "TemplateNotFound"),
        ("kay", "SecretNotFound"),
        ("con", "NameConflict"),
    ):
        world.await_reason(reason, name=name, seconds=40)


def reconciles(operator: OperatorProcess, kind: str) -> float:
    counts = re.findall(
        rf'^vutler_operator_reconcile_duration_seconds_count{{.*kind="{kind}".*}} (\S+)$',
        operator.metrics(),
        re.MULTILINE,
    )
    return sum(float(count) for count in counts)


@contextmanager
def another_pass(operator: OperatorProcess) -> Iterator[None]:
    """Wait at the end until an agent was reconciled after the beginning."""
    seen = reconciles(operator, "Agent")
    yield
    eventually(lambda: reconciles(operator, "Agent") > seen, "another pass")


def test_ten_times_and_through_as_many_resync_periods(
    own_operator: OperatorProcess, account: Account, world: World
) -> None:
    make_one_of_each(world)
    own_operator.settle(quiet_seconds=2)
    versions, before = world.versions(), account.writes()
    agents, models = (reconciles(own_operator, kind) for kind in ("Agent", "LLMConfig"))

    eventually(
        lambda: (
            reconciles(own_operator, "Agent") >= agents + PASSES * len(AGENTS)
            and reconciles(own_operator, "LLMConfig") >= models + PASSES * len(LLM_CONFIGS)
        ),
        "ten passes over everything",
        seconds=60,
    )

    assert account.writes() - before == {}
    assert world.versions() == versions
    assert {"create deployments/ava", "patch agents/status/ava"} <= before.keys(), "its writes are counted"


def test_when_an_agent_is_touched_again_and_again(
    own_operator: OperatorProcess, account: Account, world: World
) -> None:
    rich_agent(world)
    world.await_reason("PodStarting")
    own_operator.settle()
    versions, before = world.versions(), account.writes()
    passes = reconciles(own_operator, "Agent")

    for number in range(PASSES):
        with another_pass(own_operator):
            world.patch("Agent", "ava", {"metadata": {"annotations": {"touched": str(number)}}})

    own_operator.settle()
    assert reconciles(own_operator, "Agent") >= passes + PASSES
    assert account.writes() - before == {}
    now = world.versions()
    assert {key for key in now if now[key] != versions.get(key)} == {"Agent/ava"}


def test_a_change_costs_one_write_of_what_it_changes(
    own_operator: OperatorProcess, account: Account, world: World
) -> None:
    world.agent()
    world.await_reason("PodStarting")
    world.report_pod()
    world.await_reason("AgentReady")
    own_operator.settle()
    before = account.writes()

    world.patch("Agent", "ava", {"spec": {"mcpServers": {"crm": {"url": "http://crm.sales.svc:8080/mcp"}}}})
    eventually(lambda: len(world.get("NetworkPolicy", "ava")["spec"]["egress"]) > 2, "the way out")
    own_operator.settle()

    assert account.writes() - before == {
        "patch configmaps/ava-config": 1,
        "patch networkpolicies/ava": 1,
        "patch agents/status/ava": 1,
    }
