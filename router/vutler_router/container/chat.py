"""Opens what makes channels live."""

import contextlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from vutler_router.container.clocks import utc_now
from vutler_router.container.surroundings import Surroundings
from vutler_router.providers.hook_post import HookPoster
from vutler_router.services.channels.feed import ChannelFeed
from vutler_router.services.channels.hooks import HookService
from vutler_router.services.channels.mentions import Mentions
from vutler_router.services.channels.metrics import ChatMetrics
from vutler_router.services.channels.outgoing import HookDelivery
from vutler_router.services.channels.service import ChatService
from vutler_router.services.channels.waking import Waking
from vutler_router.services.rounds import Rounds

__all__ = ["Chat", "opened_chat"]

_HOUR: Final = 3600.0
_CLAIMS_KEPT: Final = timedelta(days=2)
"""Longer than any work in the background is tried."""


@dataclass(frozen=True, slots=True)
class Chat:
    """What callers may ask of channels."""

    service: ChatService
    feed: ChannelFeed
    hooks: HookService


@dataclass(frozen=True, slots=True)
class _Ears:
    """Those who hear of every message; they are made after the service that tells them."""

    heard: list[Callable[[str], None]]

    def tell(self, key: str) -> None:
        for hear in self.heard:
            hear(key)


async def opened_chat(stack: contextlib.AsyncExitStack, around: Surroundings) -> Chat:
    """Begin to answer mentions and to post by webhooks."""
    store, claims, settings = around.storage.channels, around.storage.claims, around.settings
    ears, counted, mentions = _Ears([]), ChatMetrics(around.metrics), Mentions(around.directory)
    service = ChatService(store, mentions, counted, utc_now, _new_key, ears.tell)
    feed = ChannelFeed(store, time.monotonic, settings.keep_alive, around.ending)
    waking = Waking(store, claims, service, around.voice, mentions, counted, utc_now)
    delivery = HookDelivery(store, claims, around.sealer, HookPoster(around.transport), counted, utc_now)
    allowed = settings.allowed_private_endpoints
    hooks = HookService(store, service, around.sealer, allowed, utc_now, lambda: f"hook_{_new_key()}")
    ears.heard.extend((feed.ring, lambda _key: waking.work.ring(), lambda _key: delivery.work.ring()))

    async def forget_claims() -> None:
        await claims.forget(utc_now() - _CLAIMS_KEPT)

    tidying = Rounds("claims", forget_claims, pause=_HOUR, longest=_HOUR)
    for part in (tidying, delivery.work, waking.work):
        await stack.enter_async_context(part.running())
    return Chat(service, feed, hooks)


def _new_key() -> str:
    return secrets.token_hex(12)
