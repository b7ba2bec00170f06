"""Turns a chat completion request into a request of Anthropic's Messages API."""

import hashlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from vutler_router.errors import InvalidRequest
from vutler_router.providers.anthropic.closed_schema import closed_schema
from vutler_router.providers.anthropic.conversation import Conversation, read_conversation
from vutler_router.providers.anthropic.model_rules import ModelRules, rules_of
from vutler_router.providers.anthropic.reasoning import effort_of, thinking_of
from vutler_router.providers.anthropic.requested_fields import check_fields
from vutler_router.providers.anthropic.sampling import answer_length, sampling_fields, stop_fields
from vutler_router.providers.anthropic.tools import forces_tool, tool_fields

__all__ = ["messages_body"]

_OWN: Final = ("cache_control", "inference_geo")
_TIERS: Final[Mapping[object, str]] = MappingProxyType(
    {"auto": "auto", "default": "standard_only", "standard_only": "standard_only"}
)
"""Service tiers that mean the same ("Service tiers"); the others say how fast or cheap, not what, and are left out."""

_RESTING: Final = frozenset({"disabled", "between_tools"})


def messages_body(fields: Mapping[str, object], *, model: str, max_tokens: int) -> dict[str, object]:
    """Translate a request; the body is for API version 2023-06-01 and needs no beta header.

    Args:
        fields: The chat completion.
        model: Anthropic's name of the model.
        max_tokens: The most tokens of the answer where the caller says nothing; the API insists on a limit.

    Raises:
        InvalidRequest: Anthropic's model cannot do what a field asks for; `param` names the field.
    """
    check_fields(fields)
    rules = rules_of(model)
    conversation = read_conversation(fields.get("messages"))
    _check_last(conversation, rules)
    length = answer_length(fields, max_tokens)
    tools = tool_fields(fields, rules, conversation.called)
    thinking = thinking_of(fields, rules, length=length, manual=conversation.may_think(), forced=forces_tool(tools))
    body: dict[str, object] = {"model": model, "max_tokens": length}
    if conversation.system:
        body["system"] = conversation.system
    body["messages"] = conversation.messages
    body |= tools
    if thinking is not None:
        body["thinking"] = thinking
    body |= sampling_fields(fields, rules, thinking=thinking is not None and thinking.get("type") not in _RESTING)
    body |= stop_fields(fields.get("stop"))
    if config := _output_config(fields, rules):
        body["output_config"] = config
    return body | _service_fields(fields)


def _check_last(conversation: Conversation, rules: ModelRules) -> None:
    """Prepare a last message of the assistant for being continued, or refuse it.

    Raises:
        InvalidRequest: the model does not continue messages.
    """
    if not conversation.continues():
        return
    if not rules.prefill:
        raise InvalidRequest("`messages` must end with the user's: this model continues no message.", param="messages")
    blocks = conversation.messages[-1]["content"]
    last = blocks[-1] if isinstance(blocks, list) else {}
    if last["type"] == "text":
        last["text"] = last["text"].rstrip()  # the API refuses whitespace where the model goes on


def _output_config(fields: Mapping[str, object], rules: ModelRules) -> dict[str, object]:
    """Return effort and form of the answer; the caller's own `output_config` wins.

    Raises:
        InvalidRequest: a form that Anthropic does not have, or that the model cannot keep.
    """
    config: dict[str, object] = {}
    if (effort := effort_of(fields, rules)) is not None:
        config["effort"] = effort
    if (form := _form(fields.get("response_format"), rules)) is not None:
        config["format"] = form
    own = fields.get("output_config")
    if own is not None and not isinstance(own, dict):
        raise InvalidRequest("`output_config` must be an object.", param="output_config")
    return config | (own or {})


def _form(response_format: object, rules: ModelRules) -> dict[str, object] | None:
    """Translate `response_format`; there is no JSON without a schema at Anthropic ("Structured outputs")."""
    kind = response_format.get("type") if isinstance(response_format, dict) else None
    if response_format is None or kind == "text":
        return None
    if kind != "json_schema" or not isinstance(response_format, dict):
        raise InvalidRequest(
            "`response_format` must be text or json_schema: Anthropic's models keep to a schema, not to JSON at large.",
            param="response_format",
        )
    if not rules.structured:
        raise InvalidRequest(
            "`response_format`: this model cannot keep to a schema. Ask a newer one.", param="response_format"
        )
    holder = response_format.get("json_schema")
    schema = holder.get("schema") if isinstance(holder, dict) else None
    return {"type": "json_schema", "schema": closed_schema(schema, "response_format.json_schema.schema")}


def _service_fields(fields: Mapping[str, object]) -> dict[str, object]:
    """Return what concerns the service and not the answer.

    A user's id goes as a hash: it must not identify a person ("Messages", `metadata.user_id`), and here it might.
    """
    found: dict[str, object] = {name: fields[name] for name in _OWN if fields.get(name) is not None}
    tier = fields.get("service_tier")
    if isinstance(tier, str) and tier in _TIERS:
        found["service_tier"] = _TIERS[tier]
    person = fields.get("safety_identifier") or fields.get("user")
    if isinstance(person, str) and person:
        found["metadata"] = {"user_id": hashlib.sha256(person.encode("utf-8", "surrogatepass")).hexdigest()}
    if fields.get("stream") is True:
        found["stream"] = True
    return found
