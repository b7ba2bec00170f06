import base64

import pytest

from vutler_router.settings import SettingsError, decode_webhook_secret, load_settings

URL = "https://alerts.example.com/vutler"
KEY = bytes(range(100, 132))
SECRET = f"whsec_{base64.b64encode(KEY).decode()}"


def complaint(**environ: str) -> str:
    with pytest.raises(SettingsError) as refused:
        load_settings(environ)
    return str(refused.value)


def test_without_anything_said_alerts_come_at_80_and_100_per_cent_and_go_to_no_webhook() -> None:
    settings = load_settings({})

    assert settings.alert_thresholds == (80, 100)
    assert (settings.alert_webhook_url, settings.alert_webhook_secret) == (None, None)


def test_thresholds_are_sorted_and_each_counts_once() -> None:
    assert load_settings({"ROUTER_ALERT_THRESHOLDS": "120, 50,80,50"}).alert_thresholds == (50, 80, 120)


@pytest.mark.parametrize("value", ["80%", "0", "-5", "1001", "80.5", ","])
def test_thresholds_that_are_none_are_refused(value: str) -> None:
    assert complaint(ROUTER_ALERT_THRESHOLDS=value).startswith("ROUTER_ALERT_THRESHOLDS: ")


def test_a_webhook_without_a_secret_is_refused_with_the_remedy() -> None:
    text = complaint(ROUTER_ALERT_WEBHOOK_URL=URL)

    assert text.startswith("ROUTER_ALERT_WEBHOOK_SECRET: required with ROUTER_ALERT_WEBHOOK_URL")
    assert "openssl rand -base64 32" in text


@pytest.mark.parametrize(
    ("secret", "why"),
    [
        ("fifteen letters", "at least 16 characters"),
        ("whsec_", "24 to 64 bytes"),
        ("whsec_not base64!", "base64 behind whsec_"),
        (f"whsec_{base64.b64encode(bytes(23)).decode()}", "24 to 64 bytes"),
        (f"whsec_{base64.b64encode(bytes(65)).decode()}", "24 to 64 bytes"),
    ],
)
def test_a_weak_secret_is_refused_without_being_shown(secret: str, why: str) -> None:
    text = complaint(ROUTER_ALERT_WEBHOOK_URL=URL, ROUTER_ALERT_WEBHOOK_SECRET=secret)

    assert text.startswith("ROUTER_ALERT_WEBHOOK_SECRET: must")
    assert why in text
    hidden = secret.removeprefix("whsec_")
    assert not hidden or hidden not in text


def test_a_secret_is_base64_behind_its_prefix_or_else_the_text_itself() -> None:
    assert decode_webhook_secret(SECRET) == KEY
    assert decode_webhook_secret("sixteen letters.") == b"sixteen letters."


def test_a_good_pair_is_taken_and_the_secret_stays_hidden() -> None:
    settings = load_settings({"ROUTER_ALERT_WEBHOOK_URL": URL, "ROUTER_ALERT_WEBHOOK_SECRET": SECRET})

    assert settings.alert_webhook_url == URL
    assert SECRET not in f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"
