"""Adds to `/openapi.json` what the framework cannot know: the hot path, and how callers prove who they are."""

from typing import Any, Final

from fastapi import FastAPI

from vutler_router.api.drive import SHARED_PATH
from vutler_router.providers.surfaces import Surface

__all__ = ["describe"]

_OPEN: Final = frozenset(
    {
        ("get", "/healthz"),
        ("get", "/readyz"),
        ("get", "/metrics"),
        ("post", "/api/v1/session"),
        ("get", "/api/v1/session/ways"),
        ("get", SHARED_PATH),
    }
)

_HOOKS: Final = "/api/v1/hooks/"
"""Below this, callers prove who they are each in a way of their own."""

_ERROR: Final = {"description": "Refused or failed", "content": {"application/json": {"schema": {"type": "object"}}}}
_ANSWER: Final = {"application/json": {"schema": {"type": "object"}}}
_STREAM: Final = {"text/event-stream": {"schema": {"type": "string"}}}

_MODEL: Final = {"type": "string", "default": "router", "description": "`router` leaves the choice to the router"}
_MESSAGES: Final = {"type": "array", "minItems": 1, "items": {"type": "object"}}
_FLAG: Final = {"type": "boolean", "default": False}
_INPUT: Final = {"oneOf": [{"type": "string", "minLength": 1}, {"type": "array", "minItems": 1, "items": {}}]}

_REQUESTS: Final[dict[Surface, tuple[str, list[str], dict[str, object]]]] = {
    Surface.CHAT: ("OpenAI's chat completions", ["messages"], {"messages": _MESSAGES, "stream": _FLAG}),
    Surface.MESSAGES: (
        "Anthropic's Messages, where the model's provider offers them",
        ["messages", "max_tokens"],
        {"messages": _MESSAGES, "max_tokens": {"type": "integer", "minimum": 1}, "stream": _FLAG},
    ),
    Surface.EMBEDDINGS: ("OpenAI's embeddings, where the model's provider offers them", ["input"], {"input": _INPUT}),
    Surface.RESPONSES: (
        "OpenAI's Responses, where the model's provider offers them",
        ["input"],
        {"input": _INPUT, "stream": _FLAG},
    ),
}
"""What each surface is, which fields it needs, and those that the router itself reads."""

_MCP: Final[dict[str, Any]] = {
    "tags": ["tools"],
    "summary": "The platform's tools for agents, by the Model Context Protocol (streamable HTTP, without sessions)",
    "operationId": "mcp",
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["jsonrpc", "method"],
                    "properties": {
                        "jsonrpc": {"const": "2.0"},
                        "id": {"type": ["integer", "string"]},
                        "method": {"type": "string", "examples": ["tools/list", "tools/call"]},
                        "params": {"type": "object"},
                    },
                }
            }
        },
    },
    "responses": {
        "200": {"description": "The answer, or events with signs of progress before it", "content": _ANSWER | _STREAM},
        "202": {"description": "A notification was taken"},
    },
}
"""The way in for tools, which the framework does not see."""


def describe(app: FastAPI) -> None:
    """Extend the application's schema, once it is made."""
    build = app.openapi

    def extended() -> dict[str, Any]:
        if app.openapi_schema is None:
            _extend(build())
        return app.openapi_schema or {}

    app.openapi = extended  # type: ignore[method-assign]  # FastAPI's own documented way to extend the schema


def _extend(schema: dict[str, Any]) -> None:
    schema["paths"] = {surface.value: {"post": _operation(surface)} for surface in Surface} | schema["paths"]
    schema["paths"]["/mcp"] = {"post": {**_MCP, "responses": dict(_MCP["responses"])}}
    schema.setdefault("components", {})["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            is_open = (method, path) in _OPEN or path.startswith(_HOOKS)
            operation["security"] = [] if is_open else [{"token": []}]
            operation["responses"].pop("422", None)
            operation["responses"].setdefault("default", _ERROR)


def _operation(surface: Surface) -> dict[str, object]:
    """Describe one model request."""
    summary, required, properties = _REQUESTS[surface]
    schema = {
        "type": "object",
        "required": required,
        "additionalProperties": True,
        "properties": {"model": _MODEL, **properties},
    }
    content = _ANSWER | (_STREAM if "stream" in properties else {})
    return {
        "tags": ["models"],
        "summary": summary,
        "operationId": surface.name.lower(),
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
        "responses": {"200": {"description": "The provider's answer", "content": content}},
    }
