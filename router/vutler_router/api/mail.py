"""Mail of agents: what they sent and got."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field, StringConstraints

from vutler_router.container import Process
from vutler_router.dependencies import KnownCaller, ProcessDep, ReadableAgent, TalkableAgent
from vutler_router.domain.caller import AgentCaller, Caller
from vutler_router.domain.llm_json import JsonObject
from vutler_router.domain.scope import Scope
from vutler_router.services.mail.views import mail_line, mail_view

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/agents/{agent_id}/mail", tags=["mail"])

Address = Annotated[str, StringConstraints(min_length=1, max_length=512)]
Limit = Annotated[int, Query(ge=1, le=200)]


class MailBody(BaseModel):
    """A mail to send: recipients are names of agents or addresses; with `reply_to` it answers a mail of the mailbox."""

    to: Address | list[Address] | None = None
    subject: str = ""
    text: str
    reply_to: Annotated[str, StringConstraints(max_length=64)] | None = Field(
        None, description="The id of the mail that this answers; then `to` and `subject` are those of an answer."
    )


async def get_mailbox(agent_id: ReadableAgent, process: ProcessDep, caller: KnownCaller) -> Scope:
    """Return the agent's scope for who may see it."""
    return _scope(process, agent_id, caller)


async def get_outbox(agent_id: TalkableAgent, process: ProcessDep, caller: KnownCaller) -> Scope:
    """Return the agent's scope for who may write in its name."""
    return _scope(process, agent_id, caller)


Mailbox = Annotated[Scope, Depends(get_mailbox)]
Outbox = Annotated[Scope, Depends(get_outbox)]


@router.get("", summary="List an agent's mails, the newest first")
async def list_mails(process: ProcessDep, mailbox: Mailbox, limit: Limit = 50, cursor: str = "") -> JsonObject:
    """List mails, sent and received, without their texts."""
    page = await process.mail.service.list(mailbox, limit=limit, cursor=cursor or None)
    return {"mails": [mail_line(mail) for mail in page.mails], "next_cursor": page.next_cursor}


@router.get("/{mail_id}", summary="Read a mail of an agent")
async def read_mail(mail_id: str, process: ProcessDep, mailbox: Mailbox) -> JsonObject:
    """Read a mail with its text."""
    return mail_view(await process.mail.service.read(mailbox, mail_id))


@router.post("", status_code=201, summary="Send a mail as an agent")
async def send_mail(body: MailBody, process: ProcessDep, mailbox: Outbox) -> JsonObject:
    """Send a mail: agents of the workspace have it at once, elsewhere it is queued for the mail server."""
    if body.reply_to is not None:
        return mail_view(await process.mail.service.reply(mailbox, body.reply_to, body.text))
    to = [body.to] if isinstance(body.to, str) else body.to or []
    return mail_view(await process.mail.service.send(mailbox, to, body.subject, body.text))


def _scope(process: Process, agent_id: str, caller: Caller) -> Scope:
    """Let people act for an agent whether or not it has the tool."""
    return Scope.of(process.directory.get(agent_id), is_trusted=not isinstance(caller, AgentCaller))
