"""Wait for something with a deadline."""

from __future__ import annotations

import time
from collections.abc import Callable

from hack.cluster.errors import ClusterError

__all__ = ["wait_until"]


def wait_until(check: Callable[[], bool], *, what: str, seconds: float, every: float = 0.1) -> None:
    """Return as soon as `check` is true.

    Raises:
        ClusterError: when it was not within `seconds`; `what` names the thing waited for.
    """
    deadline = time.monotonic() + seconds
    while not check():
        if time.monotonic() > deadline:
            raise ClusterError(f"{what} did not happen within {seconds:.0f} s; the logs are in the cluster's folder")
        time.sleep(every)
