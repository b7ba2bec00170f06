"""Posts to webhooks that users name: only to public addresses, and to private ones that the platform allows."""

from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Final

from vutler_router.errors import InvalidRequest, UpstreamRejected, UpstreamUnavailable
from vutler_router.providers.addresses import check_addresses, is_address, parsed_url
from vutler_router.providers.ports import Transport, UpstreamCall
from vutler_router.providers.webhook import POST_SECONDS, sign_message
from vutler_router.settings import AllowedEndpoints

__all__ = ["HookPost", "HookPoster", "check_hook_url"]

_NAME: Final = "the webhook"
_LONGEST_URL: Final = 2048


@dataclass(frozen=True, slots=True)
class HookPost:
    """One post: where, the secret that signs it if there is one, its id without a full stop, and JSON."""

    url: str = field(repr=False)
    secret: str | None = field(repr=False)
    message_id: str
    body: bytes = field(repr=False)


class HookPoster:
    """Sends posts.

    Args:
        transport: The way there; it follows no redirects.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def post(self, post: HookPost, now: datetime) -> None:
        """Deliver one post; that it returns means that the receiver took it.

        Raises:
            UpstreamUnavailable: The receiver did not answer in time, or answered with anything but 2xx.
            UpstreamRejected: Its address may not be reached.
        """
        headers = {"content-type": "application/json", "user-agent": "vutler-router"}
        if post.secret is not None:
            timestamp = int(now.timestamp())
            headers |= {
                "webhook-id": post.message_id,
                "webhook-timestamp": str(timestamp),
                "webhook-signature": sign_message(post.secret.encode(), post.message_id, timestamp, post.body),
            }
        call = UpstreamCall(_NAME, post.url, headers, post.body, guarded=True, seconds=POST_SECONDS)
        reply = await self._transport.send(call)
        await reply.finish()
        if not HTTPStatus.OK <= reply.status < HTTPStatus.MULTIPLE_CHOICES:
            raise UpstreamUnavailable(
                f"The webhook answered {reply.status}; it must answer 2xx.",
                provider=_NAME,
                upstream_status=reply.status,
                code="webhook_refused",
            )


def check_hook_url(url: str, allowed: AllowedEndpoints) -> str:
    """Return the host of an address that posts may go to; what its name resolves to is checked at every post.

    Raises:
        InvalidRequest: It is no such address.
    """
    wrong = InvalidRequest(
        "url must be an http or https address without user name and fragment; for example "
        "https://hooks.slack.com/services/…",
        param="url",
    )
    if len(url) > _LONGEST_URL or not url.isprintable() or " " in url:
        raise wrong
    try:
        parsed = parsed_url(url)
        host, port = parsed.host, parsed.port
    except (UpstreamRejected, ValueError):
        raise wrong from None
    if parsed.scheme not in {"http", "https"} or not host or not port or parsed.user or parsed.raw_fragment:
        raise wrong
    try:
        if is_address(host):
            check_addresses(allowed, host, [host])
    except UpstreamRejected:
        raise InvalidRequest(
            f"The webhook's host {host} is not public. The platform can allow it with ALLOWED_PRIVATE_ENDPOINTS.",
            code="endpoint_not_allowed",
            param="url",
        ) from None
    return host
