"""What the router asks of a way to reach a provider: send one request, read the answer in pieces."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

__all__ = ["Reply", "Timeouts", "Transport", "UpstreamCall"]


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Bounds on one upstream call, in seconds: to connect, between two pieces, and for everything."""

    connect: float
    idle: float
    total: float


def _nobody() -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class UpstreamCall:
    """One request to a provider, ready to send.

    `provider` is for messages; `headers` carry the key and nothing of the caller's. A `guarded` call may only reach
    addresses that the platform's policy allows. `seconds` bounds the call with all of its answer, where the usual
    bound is too long. Without `reuse` it gets a connection of its own: one to a Service leads for its whole life where
    the address led when it was made, perhaps to a pod that is gone. `on_sent` is called when there is a connection to
    send it on, perhaps more than once.
    """

    provider: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    guarded: bool = False
    method: str = "POST"
    seconds: float | None = None
    reuse: bool = True
    on_sent: Callable[[], None] = _nobody


class Reply(Protocol):
    """A provider's answer, its head read and its body still coming."""

    status: int
    headers: Mapping[str, str]

    async def piece(self) -> bytes:
        """Return the next bytes as they came; empty at the end.

        Raises:
            UpstreamUnavailable: the connection broke or the provider fell silent.
        """

    async def whole(self, limit: int) -> bytes:
        """Return the rest of the body.

        Raises:
            UpstreamUnavailable: it broke, fell silent or is longer than `limit`.
        """

    async def start(self, limit: int) -> bytes:
        """Return at most so many bytes of the body, fewer if it breaks off: enough of an error to say what is wrong."""

    async def finish(self) -> None:
        """Let go of an answer that is whole: wait a moment for its formal end, so that the connection can be reused."""

    def close(self) -> None:
        """Let go at once: if the body was not read to its end, the provider's work is cancelled."""


class Transport(Protocol):
    """A way to reach providers."""

    async def send(self, call: UpstreamCall) -> Reply:
        """Send the request and read the answer's head.

        Raises:
            UpstreamUnavailable: no answer in time.
            UpstreamRejected: the address is not one this call may reach.
        """
