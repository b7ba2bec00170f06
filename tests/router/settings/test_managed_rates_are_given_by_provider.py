import pytest

from vutler_router.settings import ProviderName, SettingsError, load_settings


def test_the_rate_of_a_providers_keys_is_a_number_of_requests_a_minute() -> None:
    settings = load_settings({"MANAGED_LLM_RPM_OPENAI": "60", "MANAGED_LLM_RPM_MINIMAX": "600"})
    assert settings.managed_rates == {ProviderName.OPENAI: 60, ProviderName.MINIMAX: 600}


def test_no_rate_is_known_unless_it_is_given() -> None:
    assert load_settings({}).managed_rates == {}


@pytest.mark.parametrize(
    ("value", "remedy"),
    [
        ("0", "greater than or equal to 1"),
        ("fast", "valid integer"),
        ("1.5", "valid integer"),
        ("1e9", "valid integer"),
    ],
)
def test_a_rate_that_makes_no_sense_is_named(value: str, remedy: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings({"MANAGED_LLM_RPM_OPENAI": value})
    assert str(refused.value).startswith("MANAGED_LLM_RPM_OPENAI: ")
    assert remedy in str(refused.value)


def test_a_provider_that_does_not_exist_is_named() -> None:
    with pytest.raises(SettingsError, match="MANAGED_LLM_RPM_OPENIA"):
        load_settings({"MANAGED_LLM_RPM_OPENIA": "60"})
