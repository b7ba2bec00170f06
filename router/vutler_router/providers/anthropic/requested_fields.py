"""Which fields of a chat completion have a meaning for Anthropic, which may be dropped, and which are refused."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from vutler_router.errors import InvalidRequest

__all__ = ["HARMLESS", "LEFT_OUT", "TRANSLATED", "check_fields"]

TRANSLATED: Final = frozenset(
    {
        "cache_control",
        "inference_geo",
        "max_completion_tokens",
        "max_tokens",
        "messages",
        "model",
        "output_config",
        "parallel_tool_calls",
        "reasoning_effort",
        "response_format",
        "safety_identifier",
        "service_tier",
        "stop",
        "stream",
        "temperature",
        "thinking",
        "tool_choice",
        "tools",
        "top_k",
        "top_p",
        "user",
    }
)
"""Fields that are said in Anthropic's words. Of its own, `cache_control`, `inference_geo`, `output_config`, `thinking`
and `top_k` are taken too; others need a beta header, which a chat completion has no place for."""

LEFT_OUT: Final = frozenset(
    {
        "metadata",
        "prediction",
        "prompt_cache_key",
        "prompt_cache_options",
        "prompt_cache_retention",
        "seed",
        "stream_options",
        "verbosity",
    }
)
"""Fields that steer the service or express a wish; the answer means the same without them."""

HARMLESS: Final[Mapping[str, tuple[object, ...]]] = MappingProxyType(
    {
        "audio": (),
        "frequency_penalty": (0,),
        "function_call": ("none", "auto"),
        "functions": ([],),
        "logit_bias": ({},),
        "logprobs": (False,),
        "modalities": (["text"],),
        "moderation": (),
        "n": (1,),
        "presence_penalty": (0,),
        "store": (False,),
        "top_logprobs": (0,),
        "web_search_options": (),
    }
)
"""Fields that Anthropic has nothing for, with the values that ask for nothing; any other value is refused."""


def check_fields(fields: Mapping[str, object]) -> None:
    """Refuse what would be lost; null counts as not given.

    Raises:
        InvalidRequest: naming the first field that Anthropic cannot serve, or that nobody knows.
    """
    for name, value in fields.items():
        if value is None or name in TRANSLATED or name in LEFT_OUT:
            continue
        if name not in HARMLESS:
            raise InvalidRequest(f"`{name}` is not known to Anthropic's models. Leave it out.", param=name)
        if value not in HARMLESS[name]:
            raise InvalidRequest(
                f"`{name}` is something Anthropic's models cannot do. Leave it out, or ask another model.", param=name
            )
