import pytest

from vutler_router.settings import SettingsError, load_settings

KUBERNETES = {
    "ROUTER_PORT": "tcp://10.96.0.7:3456",
    "ROUTER_SERVICE_HOST": "10.96.0.7",
    "ROUTER_SERVICE_PORT": "3456",
    "ROUTER_SERVICE_PORT_HTTP": "3456",
    "ROUTER_PORT_3456_TCP": "tcp://10.96.0.7:3456",
    "ROUTER_PORT_3456_TCP_PROTO": "tcp",
    "ROUTER_PORT_3456_TCP_PORT": "3456",
    "ROUTER_PORT_3456_TCP_ADDR": "10.96.0.7",
    "VUTLER_ROUTER_PORT": "tcp://10.96.0.8:3456",
    "VUTLER_ROUTER_SERVICE_HOST": "10.96.0.8",
    "DRIVE_STORAGE_PORT": "udp://10.96.0.9:53",
    "DRIVE_STORAGE_SERVICE_HOST": "10.96.0.9",
}


def test_what_kubernetes_adds_for_services_is_ignored() -> None:
    assert load_settings(KUBERNETES) == load_settings({})


def test_what_others_need_is_ignored() -> None:
    others = {"PATH": "/bin", "HOME": "/root", "ROUTER_URL": "http://router:3456", "DATABASE_POOL": "5", "ROUTERS": "2"}

    assert load_settings(others) == load_settings({})


def test_an_empty_variable_counts_as_not_set() -> None:
    assert load_settings({"ROUTER_PORT": "", "DATABASE_URL": "  ", "MANAGED_LLM_KEY": ""}) == load_settings({})


@pytest.mark.parametrize(
    ("misspelt", "meant"),
    [
        ("ROUTER_PROT", "ROUTER_PORT"),
        ("ROUTER_ADMINTOKEN", "ROUTER_ADMIN_TOKEN"),
        ("MANAGED_LLM_KEY_OPENIA", "MANAGED_LLM_KEY_OPENAI"),
        ("MANAGED_LLM_KEYS", "MANAGED_LLM_KEY"),
        ("PROVIDER_URL_ANTROPIC", "PROVIDER_URL_ANTHROPIC"),
        ("LLM_ENCRYPTION_KEYS", "LLM_ENCRYPTION_KEY"),
        ("DRIVE_STORAGE_PTH", "DRIVE_STORAGE_PATH"),
    ],
)
def test_a_misspelt_name_is_refused_with_the_right_one(misspelt: str, meant: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings({misspelt: "the-value"})

    assert str(refused.value).startswith(f"{misspelt}: unknown setting")
    assert "the-value" not in str(refused.value)
    assert f"did you mean {meant}?" in str(refused.value)


@pytest.mark.parametrize("name", ["PROVIDER_URL_CUSTOM", "PROVIDER_URL_ECHO", "MANAGED_LLM_KEY_OLLAMA"])
def test_a_variable_for_a_provider_that_has_no_use_for_it_is_refused(name: str) -> None:
    with pytest.raises(SettingsError, match=name):
        load_settings({name: "http://x"})


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings({"ROUTER_PORT": "x", "TIERS_FILE": "", "DRIVE_MAX_FILE_SIZE": "many"})

    assert [line.split(":")[0] for line in str(refused.value).splitlines()] == ["ROUTER_PORT", "DRIVE_MAX_FILE_SIZE"]
