import pytest

from vutler_router.errors import InvalidRequest
from vutler_router.providers.anthropic.native import MessagesCodec
from vutler_router.providers.anthropic.translated import ChatOverMessages
from vutler_router.providers.codecs import route_of
from vutler_router.providers.definitions import DEFINITIONS
from vutler_router.providers.openai.chat import ChatCodec
from vutler_router.providers.surfaces import Surface
from vutler_router.providers.target import Target, build_target
from vutler_router.settings import ProviderName


def target(provider: ProviderName) -> Target:
    return build_target(provider, "m", "a-key", endpoint="https://llm.example/v1", overrides={})


@pytest.mark.parametrize("provider", ProviderName)
def test_every_provider_answers_chat_completions(provider: ProviderName) -> None:
    found = target(provider)
    codec, url = route_of(Surface.CHAT, found)
    native = Surface.CHAT in DEFINITIONS[provider].paths
    assert type(codec) is (ChatCodec if native else ChatOverMessages)
    assert url.startswith(found.base_url)


def test_what_a_provider_speaks_itself_is_not_translated() -> None:
    codec, url = route_of(Surface.MESSAGES, target(ProviderName.ANTHROPIC))
    assert (type(codec), url) == (MessagesCodec, "https://api.anthropic.com/v1/messages")


def test_chat_completions_reach_anthropic_by_translation() -> None:
    codec, url = route_of(Surface.CHAT, target(ProviderName.ANTHROPIC))
    assert (type(codec), url) == (ChatOverMessages, "https://api.anthropic.com/v1/messages")


@pytest.mark.parametrize(
    ("surface", "provider"),
    [
        (Surface.MESSAGES, ProviderName.OPENAI),
        (Surface.EMBEDDINGS, ProviderName.ANTHROPIC),
        (Surface.RESPONSES, ProviderName.MISTRAL),
    ],
)
def test_what_a_provider_lacks_is_refused_with_what_it_has(surface: Surface, provider: ProviderName) -> None:
    with pytest.raises(InvalidRequest, match="/v1/chat/completions") as refused:
        route_of(surface, target(provider))
    assert (refused.value.param, refused.value.code) == ("model", "unsupported_by_provider")


def test_keys_go_where_each_provider_looks_for_them() -> None:
    assert target(ProviderName.ANTHROPIC).headers["x-api-key"] == "a-key"
    assert "authorization" not in target(ProviderName.ANTHROPIC).headers
    assert target(ProviderName.GROQ).headers["authorization"] == "Bearer a-key"


def test_a_target_shows_neither_its_key_nor_its_headers() -> None:
    assert "a-key" not in repr(target(ProviderName.OPENAI))


def test_two_keys_are_two_identities_and_the_same_key_is_one() -> None:
    one, other = (build_target(ProviderName.OPENAI, "m", key, overrides={}) for key in ("key-one", "key-two"))
    assert one.identity != other.identity
    assert one.identity == build_target(ProviderName.OPENAI, "m", "key-one", overrides={}).identity
    assert "key-one" not in str(one.identity)
