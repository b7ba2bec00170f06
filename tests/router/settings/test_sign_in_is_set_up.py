from ipaddress import ip_network
from pathlib import Path

import pytest

from vutler_router.settings import Settings, SettingsError, load_settings


def test_sessions_last_half_a_day_and_an_hour_without_use() -> None:
    settings = load_settings({})
    assert (settings.session_hours, settings.session_idle_minutes, settings.sessions_per_user) == (12, 60, 10)
    assert settings.trusted_proxies == ()


def test_everything_can_be_set() -> None:
    settings = load_settings(
        {
            "ROUTER_SESSION_HOURS": "8",
            "ROUTER_SESSION_IDLE_MINUTES": "15",
            "ROUTER_SESSIONS_PER_USER": "3",
            "ROUTER_TRUSTED_PROXIES": "10.42.0.0/16, 192.0.2.7,fd00::/8",
            "ROUTER_UI_DIR": "/srv/ui",
        }
    )
    assert (settings.session_hours, settings.session_idle_minutes, settings.sessions_per_user) == (8, 15, 3)
    assert settings.trusted_proxies == tuple(map(ip_network, ("10.42.0.0/16", "192.0.2.7", "fd00::/8")))
    assert settings.ui_dir == Path("/srv/ui")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ROUTER_SESSION_HOURS", "0"),
        ("ROUTER_SESSION_HOURS", "long"),
        ("ROUTER_SESSION_IDLE_MINUTES", "1"),
        ("ROUTER_SESSIONS_PER_USER", "0"),
        ("ROUTER_TRUSTED_PROXIES", "10.42.0.1/16"),
        ("ROUTER_TRUSTED_PROXIES", "ingress"),
    ],
)
def test_a_value_that_cannot_be_meant_stops_the_start(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=rf"^{name}: "):
        load_settings({name: value})


def test_settings_that_are_made_in_code_serve_no_dashboard_by_themselves() -> None:
    assert Settings().ui_dir is None
