"""The type of a secret that only `keys` can open."""

from typing import NewType

__all__ = ["Sealed"]

Sealed = NewType("Sealed", str)
"""A secret as it is stored: encrypted, and bound to its owner and purpose. Safe to copy, useless to show."""
