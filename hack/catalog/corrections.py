"""What the snapshots lack or get wrong, by hand, each with the page it is from."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from vutler_router.routing.catalog import Capability, ModelFacts

__all__ = ["ALIASES", "CORRECTIONS", "READ_ON", "STRUCTURED_PROVIDERS"]

READ_ON: Final = "2026-11-26"
"""The day the pages below were read."""

ALIASES: Final[Mapping[str, str]] = MappingProxyType(
    {
        # genai-prices counts both names as one model; models.dev's file, from docs.mistral.ai, says so of the second.
        "mistral/mistral-medium-3-1": "mistral/mistral-medium-2508",
        "mistral/mistral-medium-3-5": "mistral/mistral-medium-2604",
        # What is left of `claude-opus-4-20250514` without its day, which models.dev says `claude-opus-4-0` stands for.
        "anthropic/claude-opus-4": "anthropic/claude-opus-4-0",
        "anthropic/claude-sonnet-4": "anthropic/claude-sonnet-4-0",
    }
)
"""Names under which the snapshots know a model of ours."""

STRUCTURED_PROVIDERS: Final = frozenset({"mistral"})
"""Providers whose every chat model takes a JSON Schema (docs.mistral.ai, release note of 28 January 2025)."""

_CLAUDE: Final = frozenset({Capability.TOOLS, Capability.VISION, Capability.REASONING})
_GPT_6: Final = ModelFacts(
    1_050_000,
    128_000,
    frozenset({Capability.TOOLS, Capability.VISION, Capability.REASONING, Capability.JSON_SCHEMA}),
)
_CLAUDE_5_5: Final = ModelFacts(1_000_000, 128_000, _CLAUDE | {Capability.JSON_SCHEMA})
_MINISTRAL: Final = frozenset({Capability.TOOLS, Capability.VISION})

CORRECTIONS: Final[Mapping[str, ModelFacts]] = MappingProxyType(
    {
        # platform.claude.com, "Models overview"; JSON Schema from models.dev's files of October 2026. Claude 4.0 and
        # 4.1 from its files of retired models, whose versions disagree on JSON Schema: left out.
        "anthropic/claude-fable-5-1": ModelFacts(1_000_000, 128_000, _CLAUDE),
        "anthropic/claude-haiku-5-5": _CLAUDE_5_5,
        "anthropic/claude-opus-5-5": _CLAUDE_5_5,
        "anthropic/claude-sonnet-5-5": _CLAUDE_5_5,
        "anthropic/claude-opus-4-0": ModelFacts(200_000, 32_000, _CLAUDE),
        "anthropic/claude-opus-4-1": ModelFacts(200_000, 32_000, _CLAUDE),
        "anthropic/claude-sonnet-4-0": ModelFacts(200_000, 64_000, _CLAUDE),
        # genai-prices' window and dearer rate beyond it; models.dev's million takes the beta header `context-1m`.
        "anthropic/claude-sonnet-4-5": ModelFacts(200_000, 64_000, _CLAUDE | {Capability.JSON_SCHEMA}),
        # models.dev's file of 2 September 2026, from ai.google.dev, "Gemini 3.8 Flash".
        "gemini/gemini-3.8-flash": ModelFacts(1_048_576, 65_536, _GPT_6.capabilities),
        # models.dev's files, from console.groq.com, "Supported models" and "Reasoning".
        "groq/qwen/qwen3-32b": ModelFacts(131_072, 40_960, frozenset({Capability.TOOLS, Capability.REASONING})),
        "groq/qwen/qwen3.8-27b": ModelFacts(131_072, 16_384, frozenset({Capability.VISION, Capability.REASONING})),
        # models.dev's file, from platform.minimax.io.
        "minimax/MiniMax-M2.1-highspeed": ModelFacts(
            204_800, 131_072, frozenset({Capability.TOOLS, Capability.REASONING})
        ),
        # docs.mistral.ai, the models' own pages; the smaller window where genai-prices says less.
        "mistral/codestral": ModelFacts(128_000, 128_000, frozenset({Capability.TOOLS})),
        "mistral/codestral-2508": ModelFacts(128_000, 128_000, frozenset({Capability.TOOLS})),
        "mistral/ministral-3b-2512": ModelFacts(131_072, None, _MINISTRAL),
        "mistral/ministral-8b-2512": ModelFacts(256_000, 256_000, _MINISTRAL),
        "mistral/ministral-14b-2512": ModelFacts(256_000, 256_000, _MINISTRAL),
        # models.dev's file of October 2026: `reasoning_effort` is known, more is not.
        "mistral/mistral-large-4": ModelFacts(1_048_576, None, frozenset({Capability.REASONING})),
        # models.dev's files of September 2026, from developers.openai.com, the models' own pages.
        "openai/gpt-6-astra": _GPT_6,
        "openai/gpt-6-luna": _GPT_6,
        "openai/gpt-6-sol": _GPT_6,
    }
)
"""What wins over both snapshots."""
