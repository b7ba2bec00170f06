"""Follows a channel live, whichever router process its messages are posted to."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Final

from vutler_router.domain.channel import Channel, Message
from vutler_router.domain.channel_store import ChannelStore
from vutler_router.errors import NotReady
from vutler_router.services.recent import Recent

__all__ = ["ChannelFeed"]

_BATCH: Final = 100
_MOST_FOLLOWERS: Final = 500
"""Of this process."""


class ChannelFeed:
    """Hands out messages as they come.

    Args:
        store: Asked for the newest number of a followed channel once a second, however many follow it.
        clock: Seconds that only grow.
        keep_alive: Seconds of silence after which a follower gets a sign of life.
        ending: Says whether the process is about to end; followers then come to their end.
        interval: Seconds between two looks.
    """

    def __init__(
        self,
        store: ChannelStore,
        clock: Callable[[], float],
        keep_alive: float,
        ending: Callable[[], bool],
        *,
        interval: float = 1.0,
    ) -> None:
        self._store = store
        self._clock = clock
        self._keep_alive = keep_alive
        self._ending = ending
        self._interval = interval
        self._newest: Recent[str, int] = Recent(interval / 2, clock)
        self._bells: dict[str, asyncio.Event] = {}
        self._followers = 0

    def ring(self, key: str) -> None:
        """Hear that this process posted something in a channel: its followers need not wait for the next look."""
        self._newest.forget(key)
        bell = self._bells.pop(key, None)
        if bell is not None:
            bell.set()

    async def start(self, channel: Channel, after: int | None) -> int:
        """Return the number behind which a follower begins: what it has seen, or else what there is.

        Raises:
            NotReady: Too many follow channels through this process.
        """
        if self._followers >= _MOST_FOLLOWERS:
            raise NotReady("Too many follow channels through this router; read them page by page.", retry_after=10)
        return await self._store.newest(channel.key) if after is None else after

    async def follow(self, channel: Channel, after: int) -> AsyncIterator[Sequence[Message]]:
        """Return messages behind a number as they come, and an empty batch as a sign of life.

        Ends when the channel is deleted or the process is about to end. Raises `StorageError`.
        """
        self._followers += 1
        try:
            quiet_since = self._clock()
            while not self._ending():
                found = await self._behind(channel.key, after)
                if found:
                    after, quiet_since = found[-1].number, self._clock()
                    yield found
                    continue
                if self._clock() - quiet_since >= self._keep_alive:
                    if await self._store.by_key(channel.key) is None:
                        return
                    quiet_since = self._clock()
                    yield ()
                await self._wait(channel.key)
        finally:
            self._followers -= 1

    async def _behind(self, key: str, after: int) -> Sequence[Message]:
        newest = await self._newest.get(key, lambda: self._store.newest(key))
        return await self._store.messages(key, limit=_BATCH, after=after) if newest > after else ()

    async def _wait(self, key: str) -> None:
        bell = self._bells.setdefault(key, asyncio.Event())
        try:
            async with asyncio.timeout(self._interval):
                await bell.wait()
        except TimeoutError:
            return
