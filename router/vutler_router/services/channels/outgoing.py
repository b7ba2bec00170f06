"""Posts what is said in a channel to webhooks of Slack, Rocket.Chat and those that take the same."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

import orjson
import structlog

from vutler_router.domain.channel import AuthorKind, Hook, HookFormat, Message
from vutler_router.domain.channel_store import ChannelStore
from vutler_router.domain.claim_store import ClaimStore
from vutler_router.errors import RouterError
from vutler_router.keys.sealing import HOOK_SECRET, HOOK_URL, Sealer
from vutler_router.providers.hook_post import HookPost, HookPoster
from vutler_router.services.channels.metrics import ChatMetrics
from vutler_router.services.channels.views import NOTICE_NAME
from vutler_router.services.claimed_work import ClaimedWork, Pace, Steps

__all__ = ["HookDelivery", "post_body"]


_PACE: Final = Pace(8, 0.2, 2.0, timedelta(seconds=5), timedelta(minutes=10))
_BATCH: Final = 20
"""Messages by one webhook before others get their turn."""

_TOO_OLD: Final = timedelta(hours=1)
"""What could not be posted for so long is left out."""

_log = structlog.get_logger(__name__)


class HookDelivery:
    """Posts every message in its order, at least once, for up to an hour.

    What came in by a webhook goes out by none: two chats that are joined both ways would tell each other everything
    for ever.

    Args:
        store: Where messages are, and how far each webhook has come.
        claims: How processes share webhooks.
        sealer: Opens addresses and secrets.
        poster: The way there.
        metrics: Counts attempts.
        now: The time, UTC.
    """

    def __init__(
        self,
        store: ChannelStore,
        claims: ClaimStore,
        sealer: Sealer,
        poster: HookPoster,
        metrics: ChatMetrics,
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._sealer = sealer
        self._poster = poster
        self._metrics = metrics
        self._now = now
        steps = Steps(self._behind, _work, lambda hook: hook.id, self._deliver)
        self.work: Final = ClaimedWork("chat-hooks", steps, claims, now, _PACE)

    async def _behind(self) -> Sequence[Hook]:
        """Return webhooks that are behind their channels."""
        hooks = await self._store.outgoing()
        return [hook for hook in hooks if await self._store.newest(hook.channel_key) > hook.delivered]

    async def _deliver(self, hook: Hook, _attempt: int) -> bool:
        kept = {found.id: found for found in await self._store.hooks(hook.channel_key)}.get(hook.id)
        if kept is None or kept.delivered != hook.delivered:
            return True
        done = await self._post_all(hook)
        if done > hook.delivered:
            await self._store.mark_delivered(hook, done)
        return done > hook.delivered

    async def _post_all(self, hook: Hook) -> int:
        """Post what comes next, and return the number of the last message that needs no more posting."""
        done = hook.delivered
        for message in await self._store.messages(hook.channel_key, limit=_BATCH, after=done):
            if self._goes_out(message) and not await self._post(hook, message):
                break
            done = message.number
        return done

    def _goes_out(self, message: Message) -> bool:
        return message.author.kind is not AuthorKind.WEBHOOK and self._now() - message.created_at < _TOO_OLD

    async def _post(self, hook: Hook, message: Message) -> bool:
        try:
            url = self._sealer.unseal(hook.url, owner=hook.id, purpose=HOOK_URL) if hook.url else ""
            secret = self._sealer.unseal(hook.secret, owner=hook.id, purpose=HOOK_SECRET) if hook.secret else None
            post = HookPost(url, secret, f"{hook.id}-{message.number}", post_body(hook, message))
            await self._poster.post(post, self._now())
        except RouterError as error:
            self._metrics.count("not_delivered")
            _log.warning("message not delivered", hook_id=hook.id, host=hook.host, code=error.code)
            return False
        self._metrics.count("delivered")
        return True


def post_body(hook: Hook, message: Message) -> bytes:
    """Write a message in the other side's incoming format."""
    name = _shown(message)
    fields: dict[str, str] = {}
    match hook.format:
        case HookFormat.SLACK:
            # Slack reads <!everyone> as a call to all and asks for these three to be escaped.
            text = message.text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
            fields = {"text": text, "username": name}
        case HookFormat.ROCKETCHAT:
            fields = {"text": message.text, "alias": name}
    if hook.target is not None:
        fields["channel"] = hook.target
    return orjson.dumps(fields)


def _shown(message: Message) -> str:
    match message.author.kind:
        case AuthorKind.AGENT:
            return message.author.name.rpartition(".")[2]
        case AuthorKind.NOTICE:
            return NOTICE_NAME
        case AuthorKind.PERSON | AuthorKind.WEBHOOK:
            return message.author.name


def _work(hook: Hook) -> str:
    return f"hook/{hook.id}/{hook.delivered}"
