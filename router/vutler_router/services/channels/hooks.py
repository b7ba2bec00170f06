"""Webhooks of channels: made, listed, deleted, and those that lead in."""

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from vutler_router.domain.breaker_store import stored_time
from vutler_router.domain.channel import Author, AuthorKind, Channel, Hook, HookFormat, HookKind
from vutler_router.domain.channel_store import ChannelStore
from vutler_router.errors import Conflict, InvalidRequest, LimitExceeded, NotFound, Unauthenticated
from vutler_router.keys.sealing import HOOK_SECRET, HOOK_URL, Sealer
from vutler_router.keys.tokens import hash_token, mint_token, same_secret
from vutler_router.providers.hook_post import check_hook_url
from vutler_router.services.channels.foreign import ForeignPost
from vutler_router.services.channels.service import ChatService
from vutler_router.services.channels.words import LONGEST_NAME, shown_name
from vutler_router.settings import AllowedEndpoints

__all__ = ["HookService", "NewHook", "OpenHook"]

_MOST_HOOKS: Final = 10
"""Of one channel."""

_POSTS_PER_MINUTE: Final = 60
"""By one webhook into this process."""

_MINUTE: Final = 60.0
_SHORTEST_SECRET: Final = 16


@dataclass(frozen=True, slots=True)
class NewHook:
    """What somebody asks for; `url` and what follows are for outgoing ones, `verify` is for incoming ones."""

    kind: HookKind
    name: str
    url: str | None = field(default=None, repr=False)
    secret: str | None = field(default=None, repr=False)
    format: HookFormat = HookFormat.SLACK
    target: str | None = None
    verify: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class OpenHook:
    """A webhook that was just made, with the token that is shown this once."""

    hook: Hook
    token: str | None = field(repr=False)


class HookService:
    """Keeps webhooks for the administrator, and takes what comes in by them.

    Args:
        store: Where they are kept.
        chat: Says in a channel what came in.
        sealer: Seals addresses and secrets.
        allowed: Private addresses that posts may go to.
        now: The time, UTC.
        new_id: Makes ids that nobody has had.
        clock: Seconds that only grow.
    """

    def __init__(
        self,
        store: ChannelStore,
        chat: ChatService,
        sealer: Sealer,
        allowed: AllowedEndpoints,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._chat = chat
        self._sealer = sealer
        self._allowed = allowed
        self._now = now
        self._new_id = new_id
        self._clock = clock
        self._posts: dict[str, deque[float]] = {}

    async def of(self, channel: Channel) -> Sequence[Hook]:
        """Return the webhooks of a channel."""
        return await self._store.hooks(channel.key)

    async def add(self, channel: Channel, new: NewHook) -> OpenHook:
        """Make a webhook; an outgoing one begins with the next message.

        Raises:
            InvalidRequest: The address, the name or the secret is none.
            Conflict: The channel has as many as it may have.
        """
        if len(await self._store.hooks(channel.key)) >= _MOST_HOOKS:
            raise Conflict(f"A channel has {_MOST_HOOKS} webhooks at most; delete one first.", code="too_many_hooks")
        match new.kind:
            case HookKind.INCOMING:
                opened = self._incoming(channel, new)
            case HookKind.OUTGOING:
                opened = OpenHook(self._outgoing(channel, new, await self._store.newest(channel.key)), None)
        await self._store.add_hook(opened.hook)
        return opened

    async def remove(self, channel: Channel, hook_id: str) -> None:
        """Delete a webhook; an incoming one's address stops working at once. Raises `NotFound`."""
        if not await self._store.remove_hook(channel.key, hook_id):
            raise NotFound("There is no such webhook in this channel.", code="hook_not_found")

    async def receive(self, token: str, read: Callable[[], ForeignPost]) -> None:
        """Say in the channel what came in; nothing is read for somebody without a token.

        Raises:
            Unauthenticated: Nobody holds that token, or the post does not carry the one that was agreed on.
            LimitExceeded: Too many posts came in by this webhook.
            InvalidRequest: There is nothing to say.
        """
        hook = await self._store.hook_by_token(hash_token(token))
        channel = await self._store.by_key(hook.channel_key) if hook is not None else None
        if hook is None or channel is None:
            raise Unauthenticated("No webhook has this address; make one for the channel.", code="hook_unknown")
        self._pace(hook.id)
        post = read()
        if hook.verify_sha256 is not None and not same_secret(hash_token(post.token or ""), hook.verify_sha256):
            raise Unauthenticated("The post does not carry the token of this webhook.", code="hook_token_wrong")
        if post.by_program:
            return
        name = "".join(filter(str.isprintable, post.name or "")).strip()[:LONGEST_NAME] or hook.name
        await self._chat.say(channel, Author(AuthorKind.WEBHOOK, name), post.text)

    def _pace(self, hook_id: str) -> None:
        now, posts = self._clock(), self._posts.setdefault(hook_id, deque())
        while posts and now - posts[0] >= _MINUTE:
            posts.popleft()
        if len(posts) >= _POSTS_PER_MINUTE:
            raise LimitExceeded(
                f"A webhook takes {_POSTS_PER_MINUTE} posts a minute.", retry_after=_MINUTE - (now - posts[0])
            )
        posts.append(now)

    def _incoming(self, channel: Channel, new: NewHook) -> OpenHook:
        token = mint_token()
        hook = Hook(
            id=self._new_id(),
            channel_key=channel.key,
            channel_id=channel.id,
            kind=HookKind.INCOMING,
            name=shown_name(new.name, param="name"),
            created_at=stored_time(self._now()),
            token_sha256=hash_token(token),
            verify_sha256=None if new.verify is None else hash_token(new.verify),
        )
        return OpenHook(hook, token)

    def _outgoing(self, channel: Channel, new: NewHook, newest: int) -> Hook:
        if new.url is None:
            raise InvalidRequest("An outgoing webhook needs url, the address that messages are posted to.", param="url")
        if new.secret is not None and len(new.secret) < _SHORTEST_SECRET:
            raise InvalidRequest(f"secret must have {_SHORTEST_SECRET} characters at least.", param="secret")
        host, hook_id = check_hook_url(new.url, self._allowed), self._new_id()
        secret = new.secret and self._sealer.seal(new.secret, owner=hook_id, purpose=HOOK_SECRET)
        return Hook(
            id=hook_id,
            channel_key=channel.key,
            channel_id=channel.id,
            kind=HookKind.OUTGOING,
            name=shown_name(new.name, param="name"),
            created_at=stored_time(self._now()),
            format=new.format,
            url=self._sealer.seal(new.url, owner=hook_id, purpose=HOOK_URL),
            host=host,
            secret=secret or None,
            target=None if new.target is None else shown_name(new.target, param="channel"),
            delivered=newest,
        )
