"""Time and chance, for those who are given them."""

import random
import time
from datetime import UTC, datetime

__all__ = ["new_record_id", "new_request_id", "utc_now"]


def utc_now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


def new_request_id() -> str:
    """Make a request id, by which rows are counted; it begins with the time, so that their index grows at its end."""
    return new_record_id("req")


def new_record_id(prefix: str) -> str:
    """Make an id that begins with a prefix and the time, so that ids of a kind sort as they were made."""
    milliseconds = time.time_ns() // 1_000_000
    return f"{prefix}_{milliseconds:012x}{random.getrandbits(80):020x}"
