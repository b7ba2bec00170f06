from typing import Any

import pytest

from tests.router.signin.conftest import Browser, Front

AVA = "team-a.ava"
STORY = f"/api/v1/agents/{AVA}/resource"
AGENT = "/apis/vutler.io/v1alpha1/namespaces/team-a/agents/ava"
EVENTS = "/api/v1/namespaces/team-a/events"
NOON = "2026-11-18T12:00:00Z"
READY = {
    "type": "Ready",
    "status": "True",
    "reason": "AgentReady",
    "message": "It answers.",
    "lastTransitionTime": NOON,
}
PUSHED = {
    "token_sha256": "0" * 64,
    "managed_by": "operator",
    "llm": {"managed": True, "tier": "economy", "source": "team-a/default"},
}


def event(number: int, **fields: Any) -> dict[str, Any]:
    made = {"creationTimestamp": "2026-11-18T11:00:00Z"}
    return {"metadata": made, "type": "Normal", "reason": f"R{number}", "message": "m" * 5_000, **fields}


@pytest.fixture
async def ana(front: Front) -> Browser:
    router = front.router
    pushed = await router.http.put(f"/api/v1/agents/{AVA}", json=PUSHED, headers=router.admin)
    assert pushed.status_code == 200, pushed.text
    front.server.objects[AGENT] = {
        "metadata": {"name": "ava", "generation": 3, "creationTimestamp": "2026-11-18T10:00:00Z"},
        "spec": {
            "templateRef": {"name": "faq-bot"},
            "llmConfigRef": {"name": "default"},
            "runtime": {"env": [{"name": "TOKEN", "value": "hush"}]},
        },
        "status": {"phase": "Running", "observedGeneration": 3, "conditions": [READY]},
    }
    front.grant("ana get team-a")
    return await front.browser("token-of-ana")


async def test_conditions_template_and_uptime_are_told(ana: Browser) -> None:
    told = await ana.ask("GET", STORY)

    assert told.status_code == 200, told.text
    story = told.json()
    noon = "2026-11-18T12:00:00+00:00"
    assert story["conditions"] == [
        {"type": "Ready", "status": "True", "reason": "AgentReady", "message": "It answers.", "since": noon}
    ]
    assert (story["exists"], story["doubt"], story["observed"]) == (True, "", True)
    assert (story["phase"], story["template"], story["llm_config"]) == ("Running", "faq-bot", "default")
    assert (story["created_at"], story["ready_since"]) == ("2026-11-18T10:00:00+00:00", noon)
    assert story["events"] == []
    assert "hush" not in told.text


async def test_why_model_settings_cannot_be_changed_is_told(ana: Browser) -> None:
    assert "LLMConfig team-a/default" in (await ana.ask("GET", STORY)).json()["llm_read_only"]


async def test_the_last_events_are_told_the_newest_first(ana: Browser, front: Front) -> None:
    for number in range(30):
        seen = f"2026-11-18T12:{number:02}:00Z"
        front.server.objects[f"{EVENTS}/e{number}"] = event(number, lastTimestamp=seen, count=number + 1)
    front.server.objects[f"{EVENTS}/series"] = event(
        99, lastTimestamp=None, series={"count": 7, "lastObservedTime": "2026-11-18T13:00:00.000000Z"}
    )
    told = (await ana.ask("GET", STORY)).json()["events"]
    assert [one["reason"] for one in told[:3]] == ["R99", "R29", "R28"]
    assert [one["count"] for one in told[:2]] == [7, 30]
    assert (len(told), {len(one["message"]) for one in told}) == (20, {1024})


async def test_an_agent_that_is_not_ready_has_no_uptime(ana: Browser, front: Front) -> None:
    front.server.objects[AGENT]["status"]["conditions"] = [{**READY, "status": "False", "reason": "CrashLoopBackOff"}]
    told = (await ana.ask("GET", STORY)).json()
    assert (told["ready_since"], told["conditions"][0]["reason"]) == (None, "CrashLoopBackOff")


@pytest.mark.parametrize("status", [403, 500])
async def test_what_cannot_be_read_is_part_of_the_finding(ana: Browser, front: Front, status: int) -> None:
    for path, exists in ((EVENTS, True), (AGENT, False)):
        front.server.refused[path] = status
        told = await ana.ask("GET", STORY)
        assert (told.status_code, told.json()["exists"], told.json()["events"]) == (200, exists, [])
        assert told.json()["doubt"] != ""


async def test_a_resource_that_is_gone_is_said_to_be(ana: Browser, front: Front) -> None:
    del front.server.objects[AGENT]
    told = (await ana.ask("GET", STORY)).json()
    assert (told["exists"], told["phase"], told["conditions"]) == (False, None, [])
    assert "no Agent resource team-a/ava" in told["doubt"]


async def test_the_story_is_for_who_may_see_the_agent(ana: Browser, front: Front) -> None:
    front.grant()
    assert (await ana.ask("GET", STORY)).status_code == 404
