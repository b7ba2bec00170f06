"""Where a mail provider posts mail for agents."""

import asyncio
import hashlib
from typing import Annotated, Any, Final

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field, StringConstraints, ValidationError

from vutler_router.container import utc_now
from vutler_router.dependencies import ProcessDep
from vutler_router.domain.llm_json import JsonObject
from vutler_router.errors import InvalidRequest, TooLarge, Unauthenticated
from vutler_router.providers.webhook_check import check_signed
from vutler_router.services.mail.addresses import is_address
from vutler_router.services.mail.html_text import text_of_html
from vutler_router.services.mail.parsing import ArrivedMail, cut_text, mail_from_raw

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/hooks", tags=["webhooks"])

_LARGEST: Final = 10 << 20
Line = Annotated[str, StringConstraints(max_length=998)]


class ArrivedBody(BaseModel):
    """A mail from outside: its parts, or `raw`, the whole of it as it came."""

    to: Line | list[Line] = []
    sender: Line = Field("", alias="from")
    subject: Line = ""
    text: str | None = None
    html: str | None = None
    message_id: Line | None = None
    in_reply_to: Line | None = None
    raw: str | None = None


_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "to": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
                        "from": {"type": "string"},
                        "subject": {"type": "string"},
                        "text": {"type": "string"},
                        "html": {"type": "string"},
                        "message_id": {"type": "string"},
                        "in_reply_to": {"type": "string"},
                        "raw": {"type": "string", "description": "The whole mail, in place of its parts."},
                    },
                }
            }
        },
    }
}


@router.post("/mail", summary="Bring a mail from outside to the agents that it names", openapi_extra=_BODY)
async def mail_arrived(request: Request, process: ProcessDep) -> JsonObject:
    """Keep a mail, signed as Standard Webhooks says with `MAIL_WEBHOOK_SECRET`; the same mail twice changes nothing."""
    body, secret = await request.body(), process.mail.webhook_secret
    if secret is None:
        raise Unauthenticated("The platform takes no mail here; set MAIL_WEBHOOK_SECRET.", code="mail_hook_off")
    hook_id = check_signed(secret, request.headers, body, utc_now())
    if len(body) > _LARGEST:
        raise TooLarge(f"A mail may have {_LARGEST} bytes at most.")
    taken = await process.mail.intake.take(await asyncio.to_thread(_arrived, body, hook_id))
    return {"stored": taken.stored, "duplicates": taken.duplicates, "unknown": taken.unknown}


def _arrived(body: bytes, hook_id: str) -> ArrivedMail:
    """Read a post. Raises `InvalidRequest`."""
    try:
        fields = ArrivedBody.model_validate_json(body)
    except ValidationError as error:
        problem = error.errors(include_input=False, include_url=False)[0]
        name = ".".join(str(part) for part in problem["loc"])
        raise InvalidRequest(f"{name or 'The body'}: {problem['msg']}.", param=name or None) from None
    if fields.raw is not None:
        return mail_from_raw(fields.raw.encode("utf-8", "replace"))
    if not is_address(fields.sender):
        raise InvalidRequest("from is an address such as anna@example.com.", param="from")
    recipients = [fields.to] if isinstance(fields.to, str) else fields.to
    text = fields.text if fields.text is not None else text_of_html(fields.html or "")
    made_id = f"<{hashlib.sha256(hook_id.encode()).hexdigest()[:32]}@webhook.id>"
    return ArrivedMail(
        sender=fields.sender,
        recipients=tuple(dict.fromkeys(recipients)),
        subject=" ".join(cut_text(fields.subject).split()),
        text=cut_text(text),
        message_id=fields.message_id or made_id,
        in_reply_to=fields.in_reply_to,
    )
