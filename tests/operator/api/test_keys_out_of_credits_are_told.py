import pytest

from tests.operator.api.router_stand_in import StandInRouter
from tests.operator.api.world import World

POLL_SECONDS = 40.0
SAID = "openrouter is out of credits. Top up the account (https://openrouter.ai/settings/credits)."


@pytest.mark.usefixtures("own_operator")
def test_an_llm_config_says_that_its_account_is_out_of_credits_until_it_is_not(
    own_router: StandInRouter, world: World
) -> None:
    world.llm_config(mode="Managed", tier="economy")
    world.await_reason("NotVerified", "Verified", "default", of="LLMConfig")
    trouble = {"agent_id": f"{world.namespace}.ava", "source": f"{world.namespace}/default", "provider": "openrouter"}
    own_router.key_troubles = [{**trouble, "code": "provider_out_of_credits", "message": SAID}]

    found = world.await_reason("OutOfCredits", "Verified", "default", of="LLMConfig", seconds=POLL_SECONDS)
    assert (found["status"], found["message"]) == ("False", SAID)
    own_router.key_troubles = []
    world.await_reason("NotVerified", "Verified", "default", of="LLMConfig", seconds=POLL_SECONDS)
