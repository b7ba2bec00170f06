"""What names of models have in common at all providers."""

import re
from typing import Final

__all__ = ["undated"]

_DATED: Final = re.compile(r"[-@](latest|\d{4}-\d{2}-\d{2}|\d{8})$")


def undated(name: str) -> str:
    """Return a model's name without the day of its release: one model goes by both, and its facts are the same."""
    return _DATED.sub("", name)
