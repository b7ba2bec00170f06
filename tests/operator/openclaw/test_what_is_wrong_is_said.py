import json
import time
from typing import Any

import pytest

from tests.operator.builders.agents import children_of
from tests.operator.openclaw.configurations import LEFT_TO_OPENCLAW, RIGHT, STRICTER, WRONG, defaults
from vutler_operator.errors import Blocked
from vutler_operator.openclaw import VERSION, is_known_image
from vutler_operator.openclaw.check import find_faults


def build(config: dict[str, Any], **spec: Any) -> None:
    children_of({"spec": {"runtime": {"config": config}, **spec}})


def refusal(config: dict[str, Any], **spec: Any) -> str:
    with pytest.raises(Blocked) as refused:
        build(config, **spec)
    assert refused.value.reason == "InvalidConfig"
    return str(refused.value)


@pytest.mark.parametrize("case", RIGHT)
def test_nothing_of(case: str) -> None:
    build(RIGHT[case])


@pytest.mark.parametrize("case", WRONG)
def test_of(case: str) -> None:
    config, words = WRONG[case]

    assert refusal(config) == f"spec.runtime.config.{words}"


def test_of_several_things_at_once_and_of_no_more_than_five() -> None:
    said = refusal(defaults(**{f"zz{number}": 1 for number in range(9)}))

    assert said.count("unknown setting") == 5


def test_without_the_value() -> None:
    secret = "hunter2-hunter2"

    for config in (
        {"env": {"vars": {"KEY": [secret]}}},
        {"logging": {"level": secret}},
        {"mcp": {"servers": {"x": {"url": secret}}}},
        defaults(heartbeat={"every": secret}),
        {"skills": {"entries": {"x": {"apiKey": {"source": secret}}}}},
        {"bindings": [{"agentId": "main", "match": secret}]},
    ):
        assert secret not in refusal(config)


@pytest.mark.parametrize(
    "config",
    [
        {"logging": {"level": "${LOG_LEVEL}"}},
        {"mcp": {"servers": {"x": {"url": "${URL}"}}}},
        {"skills": {"entries": {"x": {"apiKey": {"source": "${SOURCE}", "provider": "default", "id": "K"}}}}},
        defaults(heartbeat={"every": "${EVERY}"}, sandbox={"mode": "${MODE}"}),
    ],
)
def test_nothing_of_what_an_environment_variable_decides(config: dict[str, Any]) -> None:
    build(config)


def test_of_a_tool_server_by_the_field_that_names_it() -> None:
    said = refusal({}, mcpServers={"mail": {"url": "ftp://mail.example.com"}})

    assert said == "spec.mcpServers.mail.url: must be an http:// or https:// URL"


def test_nothing_where_another_version_runs() -> None:
    children_of({"spec": {"runtime": {"image": "openclaw:2027.1.0", "config": {"news": {"of": "2027"}}}}})


@pytest.mark.parametrize(
    ("image", "known"),
    [
        (f"ghcr.io/openclaw/openclaw:{VERSION}", True),
        (f"localhost:5000/mine:v{VERSION}-slim@sha256:{'0' * 64}", True),
        (f"openclaw:{VERSION}-beta.1", False),
        (f"openclaw:{VERSION}-1", False),
        (f"openclaw:{VERSION}0", False),
        ("localhost:5000/openclaw", False),
        ("openclaw:latest", False),
        (f"openclaw@sha256:{'0' * 64}", False),
    ],
)
def test_only_where_the_image_is_of_the_known_version(image: str, *, known: bool) -> None:
    assert is_known_image(image) is known


def test_in_far_less_than_a_millisecond() -> None:
    config = json.loads(children_of({})["ConfigMap"]["data"]["openclaw.json"])

    def _seconds() -> float:
        started = time.perf_counter()
        find_faults(config)
        return time.perf_counter() - started

    assert min(_seconds() for _ in range(50)) < 0.001


def test_the_lists_of_settings_hold_what_they_say() -> None:
    for config in LEFT_TO_OPENCLAW.values():
        build(config)
    for config in STRICTER.values():
        assert "unknown setting" in refusal(config)
