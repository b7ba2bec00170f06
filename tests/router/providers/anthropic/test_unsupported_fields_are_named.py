import pytest

from tests.router.providers.anthropic.requests import HELLO, translated
from vutler_router.errors import InvalidRequest
from vutler_router.providers.anthropic.requested_fields import HARMLESS, LEFT_OUT, TRANSLATED

IMPOSSIBLE = {
    "n": 2,
    "logprobs": True,
    "top_logprobs": 3,
    "logit_bias": {"50256": -100},
    "presence_penalty": 0.5,
    "frequency_penalty": -0.5,
    "modalities": ["text", "audio"],
    "audio": {"voice": "alloy", "format": "wav"},
    "web_search_options": {},
    "functions": [{"name": "f"}],
    "function_call": {"name": "f"},
    "store": True,
    "moderation": {"model": "m"},
}


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_what_anthropic_cannot_do_is_refused_by_name(name: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        translated(HELLO, **{name: IMPOSSIBLE[name]})

    assert refused.value.param == name


def test_a_field_that_nobody_knows_is_refused_by_name() -> None:
    with pytest.raises(InvalidRequest) as refused:
        translated(HELLO, min_p=0.1)

    assert refused.value.param == "min_p"


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in HARMLESS.items() for value in values])
def test_values_that_ask_for_nothing_are_dropped(name: str, value: object) -> None:
    assert translated(HELLO, **{name: value}) == translated(HELLO)


@pytest.mark.parametrize("name", sorted(LEFT_OUT))
def test_fields_that_steer_the_service_are_dropped(name: str) -> None:
    assert translated(HELLO, **{name: {"any": "value"}}) == translated(HELLO)


@pytest.mark.parametrize("name", sorted((TRANSLATED | LEFT_OUT | HARMLESS.keys()) - {"messages", "model"}))
def test_null_counts_as_not_given(name: str) -> None:
    assert translated(HELLO, **{name: None}) == translated(HELLO)


def test_no_field_is_listed_twice() -> None:
    assert not TRANSLATED & LEFT_OUT
    assert not (TRANSLATED | LEFT_OUT) & HARMLESS.keys()
