"""Tells webhooks that were signed with a shared secret from forgeries (Standard Webhooks 1.0.0)."""

import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from vutler_router.errors import Unauthenticated
from vutler_router.providers.webhook import sign_message

__all__ = ["check_signed"]

_TOLERANCE_SECONDS: Final = 300
_LONGEST_ID: Final = 256


def check_signed(secret: bytes, headers: Mapping[str, str], body: bytes, now: datetime) -> str:
    """Return the id of a message whose signature and time are right.

    Raises:
        Unauthenticated: A header is missing, the time is more than five minutes away, or no signature fits.
    """
    message_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    signatures = headers.get("webhook-signature", "").split()
    is_number = timestamp.isascii() and timestamp.isdigit() and len(timestamp) < len("10000000000000")
    if not message_id.isascii() or not 0 < len(message_id) <= _LONGEST_ID or not is_number or not signatures:
        raise Unauthenticated(
            "The post is not signed; send webhook-id, webhook-timestamp and webhook-signature.", code="not_signed"
        )
    if abs(now.timestamp() - int(timestamp)) > _TOLERANCE_SECONDS:
        raise Unauthenticated("The post is too old, or your clock is wrong.", code="signature_too_old")
    expected = sign_message(secret, message_id, int(timestamp), body).encode()
    if not any(hmac.compare_digest(found.encode("utf-8", "replace"), expected) for found in signatures):
        raise Unauthenticated("No signature of the post is right; check MAIL_WEBHOOK_SECRET.", code="signature_wrong")
    return message_id
