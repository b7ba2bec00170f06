"""Chat completions as tests write them, and what becomes of them."""

from typing import Any

from tests.router.providers.anthropic.api_types import accepted
from vutler_router.providers.anthropic.from_chat import messages_body

HAIKU = "claude-haiku-4-5"
SONNET_4 = "claude-sonnet-4-20250514"
OPUS_5 = "claude-opus-5"

HELLO = {"role": "user", "content": "Hello"}
WEATHER = {
    "type": "function",
    "function": {"name": "weather", "description": "Tells the weather.", "parameters": {"properties": {"city": {}}}},
}


def translated(*messages: object, model: Any = HAIKU, limit: Any = 8_192, **fields: object) -> dict[str, Any]:
    """Translate a request and check the result against the client's types."""
    body = messages_body({"messages": list(messages) or [HELLO], **fields}, model=model, max_tokens=limit)
    accepted(body)
    return body


def call(call_id: str, name: str = "weather", arguments: object = '{"city":"Bern"}') -> dict[str, object]:
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}


def calling(*calls: object, **fields: object) -> dict[str, object]:
    return {"role": "assistant", "content": None, "tool_calls": list(calls), **fields}


def result(call_id: str, content: object = "sunny", **fields: object) -> dict[str, object]:
    return {"role": "tool", "tool_call_id": call_id, "content": content, **fields}


def text(said: str) -> dict[str, str]:
    return {"type": "text", "text": said}
