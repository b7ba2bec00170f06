import pytest
from openai.types import CompletionUsage

from vutler_router.domain.usage import TokenCounts
from vutler_router.providers.anthropic.usage import chat_usage, merge_usage, read_usage
from vutler_router.providers.error_words import status_of_words

STATED = {
    "input_tokens": 7,
    "cache_read_input_tokens": 20,
    "cache_creation_input_tokens": 5,
    "output_tokens": 9,
    "output_tokens_details": {"thinking_tokens": 4},
}
COUNTS = TokenCounts(input=32, output=9, cached_read=20, cached_write=5, reasoning=4)


def test_the_prompt_is_what_was_sent_read_and_written() -> None:
    assert read_usage(STATED) == COUNTS


@pytest.mark.parametrize("usage", [None, [], {}, {"input_tokens": None}, {"input_tokens": "7"}])
def test_what_is_no_usage_counts_nothing(usage: object) -> None:
    assert read_usage(usage) is None


def test_later_values_replace_earlier_ones_and_are_never_added() -> None:
    known: dict[str, object] = {}

    merge_usage(known, {"input_tokens": 7, "cache_read_input_tokens": 20, "output_tokens": 1})
    merge_usage(known, {"output_tokens": 5, "cache_read_input_tokens": None})
    merge_usage(known, {"output_tokens": 9})
    merge_usage(known, None)

    assert read_usage(known) == TokenCounts(input=27, output=9, cached_read=20)


def test_the_counts_are_said_in_openais_words() -> None:
    usage = CompletionUsage.model_validate(chat_usage(COUNTS))

    assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == (32, 9, 41)
    assert usage.prompt_tokens_details is not None
    assert usage.completion_tokens_details is not None
    assert usage.prompt_tokens_details.cached_tokens == 20
    assert usage.prompt_tokens_details.cache_write_tokens == 5
    assert usage.completion_tokens_details.reasoning_tokens == 4


@pytest.mark.parametrize(
    ("kind", "status"),
    [("overloaded_error", 529), ("rate_limit_error", 429), ("timeout_error", 504), ("billing_error", 402), ("x", None)],
)
def test_errors_inside_a_stream_have_a_status(kind: str, status: int | None) -> None:
    assert status_of_words((kind,)) == status
