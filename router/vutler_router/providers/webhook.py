"""Posts what happened to a URL of the platform's owner, signed as the Standard Webhooks specification 1.0.0 says.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import hmac
from datetime import datetime
from hashlib import sha256
from http import HTTPStatus
from typing import Final

from vutler_router.errors import UpstreamUnavailable
from vutler_router.providers.ports import Transport, UpstreamCall

__all__ = ["POST_SECONDS", "Webhook", "sign_message"]

POST_SECONDS: Final = 10.0
"""How long a receiver may take to answer."""

_NAME: Final = "the alert webhook"


class Webhook:
    """One receiver.

    Args:
        transport: The way there; it follows no redirects.
        url: Set by the platform's owner, so it may be private.
        secret: Signs every message; shared with the receiver.
    """

    def __init__(self, transport: Transport, url: str, secret: bytes) -> None:
        self._transport = transport
        self._url = url
        self._secret = secret

    async def post(self, message_id: str, body: bytes, now: datetime) -> None:
        """Deliver a message; that it returns means that the receiver took it.

        Args:
            message_id: The same in every attempt, without a full stop.
            body: JSON.
            now: The time of this attempt, which receivers compare with their clocks.

        Raises:
            UpstreamUnavailable: The receiver did not answer in time, or answered with anything but 2xx.
        """
        timestamp = int(now.timestamp())
        headers = {
            "content-type": "application/json",
            "user-agent": "vutler-router",
            "webhook-id": message_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": sign_message(self._secret, message_id, timestamp, body),
        }
        reply = await self._transport.send(UpstreamCall(_NAME, self._url, headers, body, seconds=POST_SECONDS))
        await reply.finish()
        if not HTTPStatus.OK <= reply.status < HTTPStatus.MULTIPLE_CHOICES:
            raise UpstreamUnavailable(
                f"The receiver of ROUTER_ALERT_WEBHOOK_URL answered {reply.status}; it must answer 2xx.",
                provider=_NAME,
                upstream_status=reply.status,
                code="webhook_refused",
            )


def sign_message(secret: bytes, message_id: str, timestamp: int, body: bytes) -> str:
    """Return the signature of a message sent at a time in seconds since 1970."""
    signed = b"%b.%d.%b" % (message_id.encode(), timestamp, body)
    return f"v1,{base64.b64encode(hmac.digest(secret, signed, sha256)).decode()}"
