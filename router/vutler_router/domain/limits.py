"""What an agent may use, by the CRD's names."""

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Limits", "OnExceeded"]


class OnExceeded(StrEnum):
    """What happens when a monthly limit is passed."""

    LOG = "Log"
    THROTTLE = "Throttle"
    BLOCK = "Block"
    DOWNGRADE = "Downgrade"


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on one agent; None is unbounded.

    Attributes:
        monthly_tokens: Input and output tokens in a calendar month, UTC.
        monthly_cost: What the providers charge in a calendar month, in 1e-9 USD.
        requests_per_minute: Model calls started in any minute.
        tokens_per_minute: Tokens used in any minute.
        concurrency: Model calls under way at once.
        on_exceeded: What happens when a monthly limit is passed.
    """

    monthly_tokens: int | None = None
    monthly_cost: int | None = None
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    concurrency: int | None = None
    on_exceeded: OnExceeded = OnExceeded.LOG
