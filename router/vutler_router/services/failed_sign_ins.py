"""Slows down who tries tokens one after the other."""

from collections import OrderedDict, deque
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address
from typing import Final

from vutler_router.errors import LimitExceeded

__all__ = ["FailedSignIns"]

_MOST: Final = 10
"""Failures that an address may have in a minute."""

_SECONDS: Final = 60.0
_ADDRESSES: Final = 10_000
"""Addresses remembered; who has as many can try as often as they like, and finds nothing among 2^256 tokens."""

_SITE_BITS: Final = 64
"""What a single customer of a provider has of IPv6 counts as one address."""


class FailedSignIns:
    """Counts failures of the last minute by address, in this process alone.

    Args:
        clock: Seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()

    def begin(self, address: str) -> Callable[[], None]:
        """Count an attempt as a failure until it is known to be none, so that many at once gain nothing.

        Returns:
            What takes it back.

        Raises:
            LimitExceeded: There were too many failures; it names when the next attempt makes sense.
        """
        key, now = _site(address), self._clock()
        failures = self._failures.pop(key, None) or deque()
        self._failures[key] = failures  # the one that was used last stands at the end
        while failures and now - failures[0] >= _SECONDS:
            failures.popleft()
        if len(failures) >= _MOST:
            raise LimitExceeded(
                f"More than {_MOST} sign-ins from this address failed within a minute; wait a little.",
                code="too_many_sign_ins",
                retry_after=_SECONDS - (now - failures[0]),
            )
        failures.append(now)
        if len(self._failures) > _ADDRESSES:
            self._failures.popitem(last=False)

        def take_back() -> None:
            if now in failures:
                failures.remove(now)

        return take_back


def _site(address: str) -> str:
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(int(parsed) >> (128 - _SITE_BITS))
    return str(parsed)
