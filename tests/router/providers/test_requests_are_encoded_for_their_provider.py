import json
from typing import Any

import pytest

from vutler_router.domain.llm import ModelParameters
from vutler_router.providers.definitions import base_url_of
from vutler_router.providers.model_request import ModelRequest
from vutler_router.providers.openai.chat import ChatCodec
from vutler_router.providers.surfaces import Surface
from vutler_router.providers.target import build_target
from vutler_router.settings import ProviderName

HELLO = [{"role": "user", "content": "Hello"}]


def sent(provider: ProviderName, parameters: ModelParameters | None = None, **fields: Any) -> dict[str, Any]:
    request = ModelRequest.of(Surface.CHAT, {"messages": HELLO, **fields})
    target = build_target(provider, "m", "", overrides={})
    body = ChatCodec().encode(request, target, parameters or ModelParameters())
    decoded: dict[str, Any] = json.loads(body)
    return decoded


@pytest.mark.parametrize("provider", [p for p in ProviderName if p is not ProviderName.MISTRAL])
def test_usage_is_asked_for_in_streams(provider: ProviderName) -> None:
    assert sent(provider, stream=True)["stream_options"] == {"include_usage": True}
    assert "stream_options" not in sent(provider)


def test_the_callers_other_stream_options_stay() -> None:
    fields = sent(ProviderName.OPENAI, stream=True, stream_options={"own": 1})
    assert fields["stream_options"] == {"own": 1, "include_usage": True}


def test_a_provider_that_counts_anyway_is_not_asked() -> None:
    fields = sent(ProviderName.MISTRAL, stream=True, stream_options={"include_usage": True})
    assert "stream_options" not in fields


@pytest.mark.parametrize("provider", [ProviderName.MISTRAL, ProviderName.OLLAMA])
def test_the_length_limit_is_said_by_the_name_the_provider_knows(provider: ProviderName) -> None:
    fields = sent(provider, max_completion_tokens=7)
    assert (fields["max_tokens"], "max_completion_tokens" in fields) == (7, False)


def test_a_default_never_replaces_what_the_caller_says() -> None:
    fields = sent(ProviderName.OPENAI, ModelParameters(temperature=1.0, max_tokens=9), temperature=0, max_tokens=3)
    assert (fields["temperature"], fields["max_tokens"]) == (0, 3)


@pytest.mark.parametrize("provider", ProviderName)
def test_a_users_endpoint_counts_only_where_the_user_brings_the_address(provider: ProviderName) -> None:
    url, guarded = base_url_of(provider, "https://elsewhere.example/v1", {})
    own = provider in {ProviderName.CUSTOM, ProviderName.OLLAMA}
    assert (url == "https://elsewhere.example/v1", guarded) == (own, own)
