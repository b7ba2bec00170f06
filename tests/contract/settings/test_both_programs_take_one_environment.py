import pytest

from vutler_operator.settings import Settings, SettingsError
from vutler_router.settings.loading import KNOWN_VARIABLES


def test_the_operator_takes_every_setting_of_the_router() -> None:
    environment = dict.fromkeys(KNOWN_VARIABLES, "x") | {"ROUTER_URL": "http://router:3456", "ROUTER_ADMIN_TOKEN": "t"}

    assert Settings.from_environment(environment).router_url == "http://router:3456"


def test_a_slip_is_refused_all_the_same() -> None:
    with pytest.raises(SettingsError, match=r"^ROUTER_ADRESS: unknown setting"):
        Settings.from_environment({"ROUTER_ADMIN_TOKEN": "t", "ROUTER_ADRESS": "http://router:3456"})
