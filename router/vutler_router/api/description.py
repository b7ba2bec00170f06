"""Adds to `/openapi.json` what the framework cannot know: the hot path, and how callers prove who they are."""

from typing import Any, Final

from fastapi import FastAPI

__all__ = ["describe"]

_OPEN: Final = frozenset({"/healthz", "/readyz", "/metrics"})

_ERROR: Final = {"description": "Refused or failed", "content": {"application/json": {"schema": {"type": "object"}}}}
_CHAT: Final = {
    "post": {
        "tags": ["models"],
        "summary": "OpenAI-compatible chat completions, streaming and not; model `router`: let the router choose",
        "operationId": "chat_completions",
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {
                        "type": "object",
                        "required": ["messages"],
                        "additionalProperties": True,
                        "properties": {
                            "model": {"type": "string", "default": "router"},
                            "messages": {"type": "array", "minItems": 1, "items": {"type": "object"}},
                            "stream": {"type": "boolean", "default": False},
                        },
                    }
                }
            },
        },
        "responses": {
            "200": {
                "description": "The provider's answer, as it came",
                "content": {
                    "application/json": {"schema": {"type": "object"}},
                    "text/event-stream": {"schema": {"type": "string"}},
                },
            },
            "default": _ERROR,
        },
    }
}


def describe(app: FastAPI, chat_path: str) -> None:
    """Extend the application's schema, once it is made."""
    build = app.openapi

    def extended() -> dict[str, Any]:
        if app.openapi_schema is None:
            _extend(build(), chat_path)
        return app.openapi_schema or {}

    app.openapi = extended  # type: ignore[method-assign]  # FastAPI's own documented way to extend the schema


def _extend(schema: dict[str, Any], chat_path: str) -> None:
    schema["paths"] = {chat_path: _CHAT, **schema["paths"]}
    schema.setdefault("components", {})["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    for path, operations in schema["paths"].items():
        for operation in operations.values():
            operation["security"] = [] if path in _OPEN else [{"token": []}]
            operation["responses"].pop("422", None)
            operation["responses"].setdefault("default", _ERROR)
