"""The receiving end of a webhook: checks signatures as the Standard Webhooks specification tells receivers to."""

import base64
import hashlib
import hmac

from tests.support.scripted_upstream import Received

__all__ = ["SECRET", "is_genuine"]

_KEY = b"a key of thirty-two bytes, fixed"
SECRET = f"whsec_{base64.b64encode(_KEY).decode()}"


def is_genuine(request: Received) -> bool:
    """Say whether one of a message's signatures is that of `SECRET` over its id, its time and its very bytes."""
    headers = request.headers
    signed = ".".join((headers["webhook-id"], headers["webhook-timestamp"], request.body.decode()))
    expected = base64.b64encode(hmac.new(_KEY, signed.encode(), hashlib.sha256).digest()).decode()
    return any(hmac.compare_digest(found, f"v1,{expected}") for found in headers["webhook-signature"].split(" "))
