"""Whether this process should be sent requests."""

from collections.abc import Awaitable, Callable

from vutler_router.errors import NotReady

__all__ = ["Readiness"]


class Readiness:
    """Ready while the database answers and no end is announced.

    Args:
        ping: Returns when the database answers; raises `StorageError` when it does not.
    """

    def __init__(self, ping: Callable[[], Awaitable[None]]) -> None:
        self._ping = ping
        self._draining = False

    @property
    def is_draining(self) -> bool:
        """Whether the end is announced."""
        return self._draining

    def drain(self) -> None:
        """Announce the end: not ready from now on, whatever the database says."""
        self._draining = True

    async def check(self) -> None:
        """Return when ready.

        Raises:
            NotReady: The process is about to end.
            StorageError: The database does not answer.
        """
        if self._draining:
            raise NotReady("The router is shutting down.", code="draining", retry_after=1)
        await self._ping()
