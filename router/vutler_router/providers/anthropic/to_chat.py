"""Turns an unstreamed message into a chat completion."""

from collections.abc import Mapping, Sequence

import orjson

from vutler_router.providers.anthropic.stop_reasons import finish_reason
from vutler_router.providers.anthropic.thinking_blocks import blocks_in_answer
from vutler_router.providers.anthropic.usage import chat_usage, read_usage

__all__ = ["chat_answer"]

Block = Mapping[str, object]


def chat_answer(message: Mapping[str, object], *, created: int) -> dict[str, object]:
    """Translate a message.

    What was thought is `reasoning_content`, and `thinking_blocks` carry it with its signatures: a caller that sends
    these back with the assistant's message lets the model go on thinking where it stopped. Blocks of tools that
    Anthropic runs itself have no counterpart and are left out; a chat completion cannot ask for such tools.

    Args:
        message: The decoded answer.
        created: When, in seconds since 1970.
    """
    content = message.get("content")
    blocks = [block for block in content if isinstance(block, dict)] if isinstance(content, list) else []
    choice = {
        "index": 0,
        "message": _spoken(blocks, message.get("stop_details")),
        "finish_reason": finish_reason(message.get("stop_reason")),
        "logprobs": None,
    }
    return {
        "id": message.get("id"),
        "object": "chat.completion",
        "created": created,
        "model": message.get("model"),
        "choices": [choice],
        "usage": chat_usage(read_usage(message.get("usage"))),
    }


def _spoken(blocks: Sequence[Block], stop_details: object) -> dict[str, object]:
    """Return the assistant's message; content is null where it only calls tools, as at OpenAI."""
    text = _joined(blocks, "text")
    calls = [_call(block) for block in blocks if block.get("type") == "tool_use"]
    refusal = stop_details.get("explanation") if isinstance(stop_details, dict) else None
    spoken: dict[str, object] = {"role": "assistant", "content": text or (None if calls else ""), "refusal": refusal}
    if calls:
        spoken["tool_calls"] = calls
    if thoughts := _joined(blocks, "thinking"):
        spoken["reasoning_content"] = thoughts
    if thinking := blocks_in_answer(blocks):
        spoken["thinking_blocks"] = thinking
    return spoken


def _joined(blocks: Sequence[Block], kind: str) -> str:
    return "".join([str(block.get(kind) or "") for block in blocks if block.get("type") == kind])


def _call(block: Block) -> dict[str, object]:
    arguments = orjson.dumps(block.get("input") or {}).decode()
    return {
        "id": block.get("id"),
        "type": "function",
        "function": {"name": block.get("name"), "arguments": arguments},
    }
