import base64
import os
from hashlib import sha256

import pytest

from vutler_router.settings import ProviderName, RoutingMode, SettingsError, load_settings

STRONG = base64.b64encode(sha256(b"one").digest()).decode()
OTHER = base64.b64encode(sha256(b"other").digest()).decode()


def complaint(**environ: str) -> str:
    with pytest.raises(SettingsError) as refused:
        load_settings(environ)
    return str(refused.value)


def test_nothing_has_to_be_set() -> None:
    settings = load_settings({})

    assert (settings.port, settings.host) == (3456, "0.0.0.0")
    assert str(settings.sqlite_path) == "data/vutler.db"
    assert not settings.uses_mongo
    assert settings.drive_max_file_size == 52_428_800


@pytest.mark.parametrize(
    ("name", "value", "remedy"),
    [
        ("ROUTER_PORT", "http", "valid integer"),
        ("ROUTER_PORT", "70000", "less than or equal to 65535"),
        ("ROUTER_ADMIN_TOKEN", "two words", "openssl rand -hex 32"),
        ("DATABASE_URL", "postgres://db/x", "sqlite:///path"),
        ("DATABASE_URL", "sqlite:///", "name a file"),
        ("MANAGED_LLM_PROVIDER", "openia", "'openai'"),
        ("PROVIDER_URL_OPENAI", "ftp://proxy", "https://host:port/v1"),
        ("PROVIDER_URL_OPENAI", "https://me:pass@proxy/v1", "without user name"),
        ("DRIVE_STORAGE_URL", "/var/files", "DRIVE_STORAGE_PATH"),
        ("DRIVE_MAX_FILE_SIZE", "0", "greater than or equal to 1"),
        ("ROUTING_MODE", "magic", "'Keywords'"),
        ("OLLAMA_URL", "localhost:11434", "https://host:port/v1"),
        ("ALLOWED_PRIVATE_ENDPOINTS", "http://10.0.0.1", "no scheme"),
        ("ALLOWED_PRIVATE_ENDPOINTS", "10.0.0.1/8", "CIDRs"),
        ("ROUTER_TOTAL_TIMEOUT", "-1", "greater than 0"),
    ],
)
def test_a_malformed_value_is_named_with_its_remedy(name: str, value: str, remedy: str) -> None:
    text = complaint(**{name: value})

    assert text.startswith(f"{name}: ")
    assert remedy in text
    assert "\n" not in text


@pytest.mark.parametrize(
    ("weak", "why"),
    [
        ("not base64!", "base64 of 32"),
        (base64.b64encode(bytes(range(16))).decode(), "this one has 16"),
        (base64.b64encode(bytes(range(33))).decode(), "this one has 33"),
        (base64.b64encode(b"\xaa" * 32).decode(), "too weak"),
        (base64.b64encode(b"0123456789abcdef0123456789ABCDEF").decode(), "too weak"),
        (base64.b64encode(bytes(range(200, 232))).decode(), "too weak"),
        (base64.b64encode(bytes(range(0, 256, 8))).decode(), "too weak"),
        (f"{STRONG},{base64.b64encode(b'k' * 32).decode()}", "too weak"),
    ],
)
def test_a_weak_master_key_is_refused_without_being_shown(weak: str, why: str) -> None:
    text = complaint(LLM_ENCRYPTION_KEY=weak)

    assert text.startswith("LLM_ENCRYPTION_KEY: ")
    assert why in text
    assert weak not in text


def test_random_master_keys_are_never_called_weak() -> None:
    for _ in range(300):
        load_settings({"LLM_ENCRYPTION_KEY": base64.b64encode(os.urandom(32)).decode()})


def test_several_master_keys_keep_their_order() -> None:
    settings = load_settings({"LLM_ENCRYPTION_KEY": f"{STRONG}, {OTHER}"})

    assert [key.get_secret_value() for key in settings.encryption_keys] == [STRONG, OTHER]


def test_mongodb_needs_a_master_key_that_all_routers_share() -> None:
    text = complaint(DATABASE_URL="mongodb://user:hidden@db/vutler")

    assert text.startswith("LLM_ENCRYPTION_KEY: required with a MongoDB database")
    assert "hidden" not in text
    assert load_settings({"DATABASE_URL": "mongodb://db/vutler", "LLM_ENCRYPTION_KEY": STRONG}).uses_mongo


def test_the_drive_is_in_one_place() -> None:
    assert complaint(DRIVE_STORAGE_PATH="/files", DRIVE_STORAGE_URL="s3://bucket").startswith("DRIVE_STORAGE_URL: ")


def test_managed_keys_are_sorted_by_provider() -> None:
    settings = load_settings(
        {"MANAGED_LLM_KEY": "general-1,general-2", "MANAGED_LLM_KEY_MINIMAX": "own", "MANAGED_LLM_KEY_OPENAI": "other"}
    )

    keys = {name: [key.get_secret_value() for key in found] for name, found in settings.managed_keys.items()}
    assert keys == {ProviderName.MINIMAX: ["general-1", "general-2", "own"], ProviderName.OPENAI: ["other"]}


def test_base_urls_lose_their_trailing_slash() -> None:
    settings = load_settings({"PROVIDER_URL_GEMINI": "http://127.0.0.1:9/v1beta/openai/"})

    assert settings.provider_urls == {ProviderName.GEMINI: "http://127.0.0.1:9/v1beta/openai"}


def test_modes_are_read_in_any_case() -> None:
    assert load_settings({"ROUTING_MODE": "hybrid"}).routing_mode is RoutingMode.HYBRID


def test_allowed_private_endpoints_are_hosts_and_networks() -> None:
    allowed = load_settings({"ALLOWED_PRIVATE_ENDPOINTS": "Ollama.models.svc, 10.1.0.0/16,192.168.0.9"})

    assert allowed.allowed_private_endpoints.allows_host("ollama.models.svc.")
    assert allowed.allowed_private_endpoints.allows_address("10.1.255.1")
    assert allowed.allowed_private_endpoints.allows_address("192.168.0.9")
    assert not allowed.allowed_private_endpoints.allows_address("192.168.0.10")
    assert not allowed.allowed_private_endpoints.allows_host("models.svc")


def test_settings_never_show_a_secret() -> None:
    secrets = {
        "ROUTER_ADMIN_TOKEN": "admin-secret",
        "DATABASE_URL": "mongodb://me:db-secret@db/x",
        "LLM_ENCRYPTION_KEY": STRONG,
        "MANAGED_LLM_KEY": "managed-secret",
        "DRIVE_STORAGE_URL": "s3://key:drive-secret@bucket",
    }
    settings = load_settings(secrets)

    shown = f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"
    assert not [secret for secret in ("-secret", STRONG) if secret in shown]


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load_settings({}).port = 1  # type: ignore[misc] # what the test is about
