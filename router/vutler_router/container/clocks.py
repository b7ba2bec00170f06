"""Time and chance, for those who are given them."""

import random
import time
from datetime import UTC, datetime

__all__ = ["new_request_id", "utc_now"]


def utc_now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


def new_request_id() -> str:
    """Make a request id, by which rows are counted; it begins with the time, so that their index grows at its end."""
    milliseconds = time.time_ns() // 1_000_000
    return f"req_{milliseconds:012x}{random.getrandbits(80):020x}"
