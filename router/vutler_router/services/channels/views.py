"""Channels as JSON."""

from typing import Final

from vutler_router.domain.channel import AuthorKind, Channel, Hook, HookKind, Message
from vutler_router.domain.llm_json import JsonObject

__all__ = ["NOTICE_NAME", "channel_view", "hook_view", "message_view"]

NOTICE_NAME: Final = "vutler"
"""Who speaks where no agent answered."""


def channel_view(channel: Channel) -> JsonObject:
    """Show a channel."""
    return {
        "id": channel.id,
        "workspace_id": channel.workspace_id,
        "name": channel.name,
        "created_by": channel.created_by,
        "created_at": channel.created_at.isoformat(),
    }


def message_view(channel: Channel, message: Message) -> JsonObject:
    """Show a message; its id counts the messages of its channel. A notice is the router's, about an agent."""
    is_notice = message.author.kind is AuthorKind.NOTICE
    return {
        "id": message.number,
        "channel_id": channel.id,
        "author": NOTICE_NAME if is_notice else message.author.name,
        "author_kind": str(message.author.kind),
        "text": message.text,
        "answers": message.answers,
        "about": message.author.name if is_notice else None,
        "created_at": message.created_at.isoformat(),
    }


def hook_view(hook: Hook) -> JsonObject:
    """Show a webhook without its address, token and secret."""
    common: JsonObject = {
        "id": hook.id,
        "channel_id": hook.channel_id,
        "kind": str(hook.kind),
        "name": hook.name,
        "created_at": hook.created_at.isoformat(),
    }
    if hook.kind is HookKind.INCOMING:
        return {**common, "hasToken": hook.verify_sha256 is not None}
    return {
        **common,
        "format": str(hook.format),
        "host": hook.host,
        "hasSecret": hook.secret is not None,
        "channel": hook.target,
        "delivered": hook.delivered,
    }
