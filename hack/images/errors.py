"""The one error of the image tool."""

from __future__ import annotations

__all__ = ["ImageError"]


class ImageError(Exception):
    """Say in one line what is wrong and what to do about it; a program's last words may follow."""
