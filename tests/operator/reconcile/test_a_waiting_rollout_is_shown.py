import re

from tests.operator.reconcile.objects import obj
from vutler_operator.reconcile.events import build_events
from vutler_operator.reconcile.llm import LLMOutcome
from vutler_operator.reconcile.router_sync import SyncState
from vutler_operator.reconcile.status import Facts, build_status
from vutler_operator.reconcile.workload import Workload
from vutler_operator.resources.condition import Condition

HELD = Facts(
    template=Condition("TemplateResolved", "True", "Resolved", ""),
    blocked=None,
    llm=LLMOutcome(None, None, {}),
    sync=SyncState("Synced"),
    usage=None,
    workload=Workload("Available", "PodReady", ""),
    image="some/image:1",
    held_back=True,
)
NOW = "2026-11-27T12:00:00Z"


def test_the_agent_stays_running_and_its_condition_says_what_it_waits_for() -> None:
    status = build_status(obj("Agent", "ava"), HELD, NOW)

    conditions = {found["type"]: found for found in status["conditions"]}
    assert status["phase"] == "Running"
    assert conditions["Ready"]["status"] == "True"
    assert (conditions["ConfigValid"]["status"], conditions["ConfigValid"]["reason"]) == ("True", "RolloutPending")


def test_the_message_has_no_number_that_would_be_written_again_as_it_moves() -> None:
    status = build_status(obj("Agent", "ava"), HELD, NOW)

    assert not any(re.search(r"\d", found["message"]) for found in status["conditions"] if found["status"] == "True")


def test_waiting_is_no_event() -> None:
    agent = obj("Agent", "ava")
    running = agent | {"status": build_status(agent, HELD, NOW)}
    settled = build_status(agent, Facts(HELD.template, None, HELD.llm, HELD.sync, None, HELD.workload), NOW)

    assert build_events(running, settled, now=NOW, new_suffix=lambda: "x") == ()
