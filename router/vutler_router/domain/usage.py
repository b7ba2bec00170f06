"""Token counts of one answer."""

from dataclasses import dataclass
from typing import Final

__all__ = ["TokenCounts"]

_MOST: Final = 10**9
"""No answer has more tokens; an upstream that says so is wrong."""


@dataclass(frozen=True, slots=True)
class TokenCounts:
    """What one answer took, in tokens.

    Attributes:
        input: All of the prompt, cached parts included.
        output: All that was generated, reasoning included.
        cached_read: The part of `input` that the provider had cached.
        cached_write: The part of `input` that the provider put into its cache.
        reasoning: The part of `output` that was thought and not said.
        corrected: Whether the upstream's counts could not be true and were made so; see `clamped`.
    """

    input: int = 0
    output: int = 0
    cached_read: int = 0
    cached_write: int = 0
    reasoning: int = 0
    corrected: bool = False

    @property
    def total(self) -> int:
        """Input and output together."""
        return self.input + self.output

    def clamped(self) -> "TokenCounts":
        """Return counts that can be true: none negative or absurd, no part larger than its whole.

        What had to be changed for that is marked as `corrected`, and stays so marked.
        """
        if self._can_be_true():
            return self
        whole_in = _bounded(self.input, _MOST)
        whole_out = _bounded(self.output, _MOST)
        read = _bounded(self.cached_read, whole_in)
        return TokenCounts(
            input=whole_in,
            output=whole_out,
            cached_read=read,
            cached_write=_bounded(self.cached_write, whole_in - read),
            reasoning=_bounded(self.reasoning, whole_out),
            corrected=True,
        )

    def _can_be_true(self) -> bool:
        return (
            self.cached_read >= 0
            and self.cached_write >= 0
            and self.cached_read + self.cached_write <= self.input <= _MOST
            and 0 <= self.reasoning <= self.output <= _MOST
        )


def _bounded(value: int, most: int) -> int:
    return min(max(value, 0), most)
