"""Mails as JSON."""

from vutler_router.domain.llm_json import JsonObject
from vutler_router.domain.mail import Mail

__all__ = ["mail_line", "mail_view"]


def mail_line(mail: Mail) -> JsonObject:
    """Show what a list shows of a mail: everything but its text."""
    return {
        "id": mail.id,
        "agent_id": mail.agent_id,
        "workspace_id": mail.workspace_id,
        "direction": str(mail.direction),
        "from": mail.sender,
        "to": list(mail.recipients),
        "subject": mail.subject,
        "message_id": mail.message_id,
        "in_reply_to": mail.in_reply_to,
        "status": str(mail.status),
        "detail": mail.detail,
        "is_external": mail.is_external,
        "created_at": mail.created_at.isoformat(),
    }


def mail_view(mail: Mail) -> JsonObject:
    """Show a mail with its text."""
    return {**mail_line(mail), "text": mail.text}
