from datetime import UTC, datetime

import pytest

from tests.support.router_values import make_agent
from vutler_router.domain.agent import Agent, Gateway, ManagedBy
from vutler_router.domain.agent_resource import AgentResource
from vutler_router.services.agent_gateway import Probes
from vutler_router.services.agent_life import judge_life

GATEWAY = Gateway("http://ava.team-a.svc:18789")
READY = Probes(live=True, ready=True)
NOT_YET = Probes(live=True, ready=False, detail="The agent is starting.")
SILENT = Probes(live=False, ready=False, detail="The agent could not be reached.")
SINCE = datetime(2026, 11, 18, 12, tzinfo=UTC)


def pushed(*, running: bool = True) -> Agent:
    return make_agent(managed_by=ManagedBy.OPERATOR, gateway=GATEWAY, running=running)


def seen(phase: str | None, *, running: bool | None = True, observed: bool = True, message: str = "") -> AgentResource:
    return AgentResource(running, observed, phase, "SomeReason", message, SINCE)


@pytest.mark.parametrize(
    ("resource", "probes", "status"),
    [
        (seen("Running"), READY, "alive"),
        (seen("Degraded"), READY, "alive"),
        (seen("Provisioning"), READY, "alive"),
        (seen("Failed"), READY, "alive"),
        (seen("Stopped", observed=False), READY, "alive"),
        (seen("Provisioning"), NOT_YET, "starting"),
        (seen("Running"), NOT_YET, "starting"),
        (seen("Provisioning"), SILENT, "starting"),
        (seen("Pending"), SILENT, "starting"),
        (seen(None), SILENT, "starting"),
        (seen("Stopped", observed=False), SILENT, "starting"),
        (seen("Running"), SILENT, "failing"),
        (seen("Degraded"), SILENT, "failing"),
        (seen("Failed"), SILENT, "failing"),
        (seen("Running", running=False), READY, "stopping"),
        (seen("Running", running=False), SILENT, "stopping"),
        (seen("Provisioning", running=False), SILENT, "stopping"),
        (seen("Stopped", running=False), None, "stopped"),
        (seen("Stopped", running=False, observed=False), SILENT, "stopped"),
        (None, READY, "alive"),
        (None, SILENT, "unknown"),
    ],
)
def test_what_the_pod_says_now_counts_before_what_the_operator_saw(
    resource: AgentResource | None, probes: Probes | None, status: str
) -> None:
    assert judge_life(pushed(), resource, probes).status.value == status


@pytest.mark.parametrize(
    ("agent", "probes", "status"),
    [
        (make_agent(), None, "unknown"),
        (make_agent(running=False), None, "stopped"),
        (make_agent(gateway=GATEWAY), READY, "alive"),
        (make_agent(gateway=GATEWAY), SILENT, "failing"),
        (make_agent(gateway=GATEWAY, running=False), READY, "stopping"),
        (make_agent(gateway=GATEWAY, running=False), SILENT, "stopped"),
    ],
)
def test_an_agent_without_a_resource_is_judged_by_what_answers(
    agent: Agent, probes: Probes | None, status: str
) -> None:
    assert judge_life(agent, None, probes).status.value == status


def test_a_resource_that_says_nothing_of_running_leaves_it_to_what_the_operator_made_of_it() -> None:
    by_template = judge_life(pushed(running=False), seen("Stopped", running=None), None)
    assert (by_template.running, by_template.status.value) == (False, "stopped")
    assert judge_life(pushed(), seen("Running", running=None), READY).running is True


def test_a_life_carries_what_the_resource_and_the_pod_said() -> None:
    life = judge_life(pushed(), seen("Failed", message="container openclaw ended with exit code 1"), SILENT)
    assert (life.phase, life.reason, life.since) == ("Failed", "SomeReason", SINCE)
    assert (life.live, life.ready) == (False, False)
    assert life.message == "container openclaw ended with exit code 1"


def test_a_living_agent_tells_what_else_is_wrong() -> None:
    degraded = seen("Degraded", message="the router does not answer")
    assert judge_life(pushed(), degraded, READY).message == "the router does not answer"
    assert judge_life(pushed(), seen("Running", message="the pod is ready"), READY).message == ""


def test_a_cluster_that_says_nothing_leaves_a_silent_agent_unknown() -> None:
    doubt = "The Kubernetes API server did not answer (TimeoutError)."
    silent = judge_life(pushed(), None, SILENT, doubt=doubt)
    alive = judge_life(pushed(), None, READY, doubt=doubt)
    assert (silent.status.value, silent.message) == ("unknown", f"{SILENT.detail} {doubt}")
    assert (alive.status.value, alive.message) == ("alive", doubt)
