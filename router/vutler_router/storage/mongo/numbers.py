"""Whole numbers inside documents."""

from collections.abc import Mapping

__all__ = ["number_in"]


def number_in(document: Mapping[str, object], *path: str) -> int:
    """Return the whole number at a path of names, 0 where there is none."""
    found: object = document
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return int(found) if isinstance(found, int) else 0
