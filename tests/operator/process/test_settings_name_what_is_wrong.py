from datetime import timedelta

import pytest

from tests.operator.api.operator_process import run_to_its_end
from vutler_operator.settings import Settings, SettingsError

GOOD = {"ROUTER_ADMIN_TOKEN": "secret-token"}


def test_defaults_are_those_of_the_chart() -> None:
    settings = Settings.from_environment(GOOD)

    assert settings.router_url == settings.agent_router_url == "http://vutler-router.vutler-system.svc:3456"
    assert (settings.templates_namespace, settings.operator_port, settings.watch_namespaces) == (
        "vutler-system",
        8081,
        (),
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OPERATOR_ROLLOUTS", "0"),
        ("OPERATOR_TOKEN_MAX_AGE", "90"),
        ("OPERATOR_TOKEN_MAX_AGE", "-1d"),
        ("ROUTER_URL", "vutler-router:3456"),
        ("AGENT_ROUTER_URL", "http://user:pw@router"),
        ("ROUTER_ADMIN_TOKEN", ""),
        ("WATCH_NAMESPACES", "team-a,Team_B"),
        ("TEMPLATES_NAMESPACE", "a b"),
        ("OPENCLAW_IMAGE", " "),
        ("OPERATOR_PORT", "http"),
        ("OPERATOR_PORT", "70000"),
        ("OPERATOR_RESYNC_SECONDS", "0"),
        ("WATCH_NAMESPACE", "team-a"),
        ("OPERATOR_PROT", "1"),
        ("OPENCLAW_IMAGES", "x"),
    ],
)
def test_a_wrong_variable_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=rf"^{name}: "):
        Settings.from_environment({**GOOD, name: value})


def test_a_missing_token_is_named() -> None:
    with pytest.raises(SettingsError, match=r"^ROUTER_ADMIN_TOKEN: must be set$"):
        Settings.from_environment({})


@pytest.mark.parametrize("name", ["ROUTER_SERVICE_HOST", "ROUTER_PORT_3456_TCP_ADDR", "OPERATOR_SERVICE_PORT_METRICS"])
def test_what_kubernetes_puts_there_is_tolerated(name: str) -> None:
    assert Settings.from_environment({**GOOD, name: "tcp://10.96.0.1:3456"}).operator_port == 8081


@pytest.mark.parametrize(("text", "days"), [("90d", 90), ("1d", 1), ("0d", None)])
def test_an_age_is_said_in_days(text: str, days: int | None) -> None:
    settings = Settings.from_environment({**GOOD, "OPERATOR_TOKEN_MAX_AGE": text})

    assert settings.operator_token_max_age == (None if days is None else timedelta(days=days))


def test_namespaces_are_separated_by_commas() -> None:
    settings = Settings.from_environment({**GOOD, "WATCH_NAMESPACES": " team-a, team-b,"})

    assert settings.watch_namespaces == ("team-a", "team-b")
    assert settings.watches("team-b")
    assert not settings.watches("team-c")


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"OPERATOR_PORT": "x"}, "OPERATOR_PORT: "),
        ({"KUBECONFIG": "/does/not/exist"}, "KUBECONFIG: no usable cluster configuration"),
    ],
)
def test_the_process_ends_with_one_line_and_code_78(change: dict[str, str], line: str) -> None:
    ended = run_to_its_end(seconds=30, **{**GOOD, **change})

    assert ended.returncode == 78
    assert ended.stderr.startswith(line)
    assert ended.stderr.count("\n") == 1
    assert "secret-token" not in ended.stdout + ended.stderr
