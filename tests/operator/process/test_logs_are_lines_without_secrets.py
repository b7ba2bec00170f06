import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from vutler_operator.errors import ClusterError
from vutler_operator.logs import configure_logs
from vutler_operator.settings import LogLevel

SECRET = "sk-live-0123456789abcdef"


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def break_something(key: str) -> None:
    request = {"Authorization": f"Bearer {key}"}
    try:
        int(request["Authorization"])
    except ValueError as error:
        raise KeyError(key) from error


def test_an_event_is_one_line_of_json_with_its_fields(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("info")

    structlog.get_logger().warning("reconcile failed", namespace="team-a", name="ava", error="two\nlines")

    (line,) = lines(capsys)
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "reconcile failed",
        "level": "warning",
        "namespace": "team-a",
        "name": "ava",
        "error": "two\nlines",
    }


def test_of_an_unexpected_exception_only_types_and_places_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("info")
    try:
        break_something(SECRET)
    except KeyError:
        structlog.get_logger().exception("reconcile broke")
        logging.getLogger("kopf").exception("a handler failed")

    said = capsys.readouterr().out
    ours, library = map(json.loads, said.splitlines())
    assert SECRET not in said
    for line in (ours, library):
        assert [link["type"] for link in line["exception"]] == ["KeyError", "ValueError"]
        assert line["exception"][0]["at"][-1].endswith("break_something")
        assert "message" not in line["exception"][0]
    assert library["logger"] == "kopf"


def test_words_of_our_own_are_shown_and_groups_are_opened(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("info")
    group = ExceptionGroup(SECRET, [ClusterError("quota used up"), ValueError(SECRET)])
    structlog.get_logger().error("ended", exc_info=group)

    (line,) = lines(capsys)
    assert [(link["type"], link.get("message")) for link in line["exception"]] == [
        ("ExceptionGroup", None),
        ("ClusterError", "quota used up"),
        ("ValueError", None),
    ]


@pytest.mark.parametrize(
    ("level", "heard"),
    [("debug", ["debug", "info", "warning", "error"]), ("info", ["info", "warning", "error"]), ("error", ["error"])],
)
def test_the_level_decides_what_is_heard(capsys: pytest.CaptureFixture[str], level: LogLevel, heard: list[str]) -> None:
    configure_logs(level)
    for name in ("debug", "info", "warning", "error"):
        getattr(structlog.get_logger(), name)("something")

    assert [line["level"] for line in lines(capsys)] == heard


def test_libraries_are_heard_from_warnings_on(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("debug")
    logging.getLogger("aiohttp").info("chatter")
    logging.getLogger("aiohttp").warning("trouble with %s", "a connection")

    (line,) = lines(capsys)
    assert (line["event"], line["logger"], line["level"]) == ("trouble with a connection", "aiohttp", "warning")
