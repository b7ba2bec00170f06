from datetime import UTC, datetime

import orjson
import pytest

from vutler_router.errors import InvalidRequest, UpstreamError
from vutler_router.providers.failures import error_of_reply
from vutler_router.wire.agent_words import fault_for_agent
from vutler_router.wire.faults import fault_of

NOW = datetime(2026, 11, 26, tzinfo=UTC)


def failed(status: int, said: str) -> UpstreamError:
    return error_of_reply("openai", status, {}, orjson.dumps({"error": {"message": said}}), lambda text: text, NOW)


def told(error: UpstreamError) -> str:
    message: str = orjson.loads(fault_for_agent(error).body)["error"]["message"]
    return message


@pytest.mark.parametrize(
    ("status", "said", "heard"),
    [
        (401, "Incorrect API key provided", "openai refused the key. Check the key and what it may be used for."),
        (403, "Access denied", "openai refused the key. Check the key and what it may be used for."),
        (402, "see plans & billing", "openai is out of credits. Top up the account or use another key."),
        (400, "your key has expired", "openai refused the request (400)."),
        (503, "403 Forbidden by upstream", "openai failed (503)."),
        (429, "You exceeded your current quota", "openai is limiting requests."),
    ],
)
def test_alarming_words_of_a_provider_are_replaced_by_ours(status: int, said: str, heard: str) -> None:
    assert told(failed(status, said)) == heard


def test_other_words_of_a_provider_reach_the_agent() -> None:
    assert told(failed(400, "max_tokens must be positive")) == (
        "openai refused the request (400): max_tokens must be positive."
    )


def test_people_are_told_everything() -> None:
    assert b"Incorrect API key provided" in fault_of(failed(401, "Incorrect API key provided")).body


def test_our_own_refusals_stay_as_they_are() -> None:
    error = InvalidRequest("There is no api key here.")
    assert fault_for_agent(error) == fault_of(error)
