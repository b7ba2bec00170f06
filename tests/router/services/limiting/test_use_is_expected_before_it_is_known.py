import pytest

from vutler_router.domain.llm import LlmSettings, ModelParameters
from vutler_router.providers.model_request import ModelRequest
from vutler_router.providers.surfaces import Surface
from vutler_router.services.limiting.estimate import expected_tokens

MESSAGES = [{"role": "user", "content": "x" * 10}]
BOUNDED = LlmSettings(parameters=ModelParameters(max_tokens=50))


@pytest.mark.parametrize(
    ("surface", "fields", "llm", "expected"),
    [
        (Surface.CHAT, {"messages": MESSAGES, "max_tokens": 20}, BOUNDED, 23),
        (Surface.CHAT, {"messages": MESSAGES, "max_completion_tokens": 30, "max_tokens": 20}, None, 33),
        (Surface.CHAT, {"messages": MESSAGES, "max_tokens": None}, BOUNDED, 53),
        (Surface.CHAT, {"messages": MESSAGES}, None, 1_003),
        (Surface.CHAT, {"messages": MESSAGES, "max_tokens": -5}, None, 3),
        (Surface.CHAT, {"messages": MESSAGES, "max_tokens": 10**12}, None, 200_003),
        (Surface.MESSAGES, {"messages": MESSAGES, "max_tokens": 40}, None, 43),
        (Surface.RESPONSES, {"input": "x" * 8, "max_output_tokens": 9}, None, 11),
        (Surface.EMBEDDINGS, {"input": ["x" * 8, "x" * 8]}, BOUNDED, 4),
    ],
)
def test_a_request_is_expected_to_use_its_prompt_and_the_longest_answer_it_may_have(
    surface: Surface, fields: dict[str, object], llm: LlmSettings | None, expected: int
) -> None:
    assert expected_tokens(ModelRequest.of(surface, fields), llm) == expected
