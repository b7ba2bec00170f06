from dataclasses import dataclass

import pytest

from vutler_router.errors import UnknownModel
from vutler_router.routing.chain import choose, default_fallbacks
from vutler_router.settings import ProviderName


@dataclass(frozen=True)
class Link:
    provider: ProviderName
    model: str
    last_resort: bool = False


FIRST = Link(ProviderName.OPENAI, "gpt-4o-mini")
SECOND = Link(ProviderName.OPENROUTER, "meta/llama-3")
CHAIN = (FIRST, SECOND)


@pytest.mark.parametrize("name", ["router", "router/router"])
def test_the_routers_choice_is_the_whole_chain(name: str) -> None:
    assert choose(CHAIN, name) == CHAIN


@pytest.mark.parametrize("name", ["gpt-4o-mini", "openai/gpt-4o-mini"])
def test_a_model_asked_for_is_followed_by_what_stands_behind_it(name: str) -> None:
    assert choose(CHAIN, name) == CHAIN


@pytest.mark.parametrize("name", ["meta/llama-3", "openrouter/meta/llama-3"])
def test_nothing_before_the_model_asked_for_is_tried(name: str) -> None:
    assert choose(CHAIN, name) == (SECOND,)


def test_an_unknown_model_is_refused_with_what_there_is() -> None:
    with pytest.raises(UnknownModel, match=r"router, gpt-4o-mini, meta/llama-3") as refused:
        choose(CHAIN, "gpt-99")
    assert refused.value.param == "model"


def test_a_last_resort_is_asked_after_all_others_and_never_by_name() -> None:
    stand_in = Link(ProviderName.MINIMAX, "MiniMax-M2.5", last_resort=True)
    assert choose((*CHAIN, stand_in), "router") == (*CHAIN, stand_in)
    with pytest.raises(UnknownModel):
        choose((*CHAIN, stand_in), "MiniMax-M2.5")


@pytest.mark.parametrize(
    ("provider", "others"),
    [
        (ProviderName.OPENAI, [ProviderName.MINIMAX]),
        (ProviderName.ANTHROPIC, [ProviderName.OPENAI, ProviderName.MINIMAX]),
        (ProviderName.MINIMAX, [ProviderName.OPENAI]),
        (ProviderName.GROQ, []),
    ],
)
def test_some_providers_have_stand_ins(provider: ProviderName, others: list[ProviderName]) -> None:
    assert [name for name, _ in default_fallbacks(provider)] == others
