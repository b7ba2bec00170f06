"""Times as SQLite keeps them."""

from datetime import UTC, datetime

__all__ = ["time_text"]


def time_text(moment: datetime) -> str:
    """Write a time in UTC as a text of one width, so that texts compare as times do."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")
