"""A streamed answer under way: pieces for the caller, and in the end exactly one row."""

from collections.abc import Awaitable
from typing import Protocol

from vutler_router.domain.usage import TokenCounts
from vutler_router.errors import RouterError, UpstreamError, UpstreamUnavailable
from vutler_router.providers.codec import StreamReader
from vutler_router.providers.count import Count
from vutler_router.providers.target import Target
from vutler_router.services.answering.attempts import BegunStream
from vutler_router.services.answering.exchange import Exchange, Origin
from vutler_router.services.answering.settling import Status

__all__ = ["StreamKeeper", "StreamedAnswer"]


class StreamKeeper(Protocol):
    """What a streamed answer needs of those who keep the books."""

    def stream_error(self, target: Target, reader: StreamReader) -> UpstreamError:
        """Say why a stream that had begun did not come to its end."""

    def broke(self, target: Target, error: UpstreamError) -> None:
        """Note that the provider broke off."""

    def drain(self, exchange: Exchange, target: Target, begun: BegunStream) -> None:
        """Read on what nobody waits for and write its row in the end."""

    def settle(self, exchange: Exchange, target: Target, status: Status, count: Count) -> Awaitable[None]:
        """Write the row."""


class StreamedAnswer:
    """Whoever holds it calls `close` in the end, however that comes.

    Attributes:
        origin: Who answers.
        error: Why the answer ended early; it can no longer be told by a status.
    """

    def __init__(self, keeper: StreamKeeper, exchange: Exchange, target: Target, begun: BegunStream) -> None:
        self.origin: Origin = exchange.origin(target)
        self.error: RouterError | None = None
        self._keeper = keeper
        self._exchange = exchange
        self._target = target
        self._begun = begun
        self._ended = False
        self._settled = False
        self._closed = False

    @property
    def usage(self) -> TokenCounts | None:
        """The provider's counts so far."""
        return self._begun.reader.count.usage

    async def piece(self) -> bytes:
        """Return the next bytes for the caller; empty at the end, whether good or, with `error` set, bad."""
        begun, reader = self._begun, self._begun.reader
        if begun.held:
            held, begun.held = begun.held, b""
            await self._settle_if_whole()
            return held
        while not self._ended and not reader.done and reader.error is None:
            try:
                piece = await begun.reply.piece()
            except UpstreamUnavailable as error:
                return await self._break(error)
            passed = reader.feed(piece) if piece else reader.rest()
            self._ended = not piece
            await self._settle_if_whole()
            if passed:
                return passed
        self._ended = True
        if self.error is None and (reader.error is not None or not reader.finished):
            return await self._break(self._keeper.stream_error(self._target, reader))
        await self._settle()
        return b""

    async def _break(self, error: UpstreamError) -> bytes:
        self._ended, self.error = True, error
        self._keeper.broke(self._target, error)
        await self._settle()
        return b""

    async def _settle_if_whole(self) -> None:
        """Write the row as soon as the end has come, which goes to the caller only then."""
        reader = self._begun.reader
        if reader.done and reader.finished and reader.error is None:
            await self._settle()

    async def _settle(self) -> None:
        """Write the row, once, before the caller sees how the answer ends."""
        if not self._settled:
            self._settled = True
            await self._keeper.settle(self._exchange, self._target, self._status(), self._begun.reader.count)

    async def close(self) -> None:
        """Let the provider go and write the row; only the first call counts."""
        if self._closed:
            return
        self._closed = True
        begun, reader = self._begun, self._begun.reader
        left = not self._settled and self.error is None and not self._ended and not reader.done
        if left and (reader.finished or not self._target.definition.cancel_stops_bill):
            self._keeper.drain(self._exchange, self._target, begun)
            return
        try:
            await self._settle()
        finally:
            if reader.done and self.error is None:
                await begun.reply.finish()
            begun.reply.close()

    def _status(self) -> Status:
        if self.error is not None:
            return Status.ERROR
        return Status.OK if self._begun.reader.finished else Status.CANCELLED
