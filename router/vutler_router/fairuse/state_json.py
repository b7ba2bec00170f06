"""An agent's state as compact JSON, which is what databases keep."""

import json
from typing import Final

from vutler_router.fairuse.months import Month, Reached, Spent
from vutler_router.fairuse.rules import Budget, LimitName
from vutler_router.fairuse.use import AgentUse, Held
from vutler_router.fairuse.windows import Minute

__all__ = ["decode_use", "encode_use"]

_FORMAT: Final = 1


def encode_use(use: AgentUse) -> str:
    """Write a state."""
    month, spent = use.month, use.month.spent
    return json.dumps(
        {
            "format": _FORMAT,
            "minute": use.minute.buckets,
            "month": [month.name, spent.tokens, spent.plan_tokens, spent.cost, month.checked_at],
            "reached": [[mark.budget.name, mark.budget.bound, mark.since] for mark in month.reached],
            "holders": {
                name: [held.requests, held.tokens, held.cost, held.expires_at, held.op]
                for name, held in use.holders.items()
            },
        },
        separators=(",", ":"),
    )


def decode_use(text: str) -> AgentUse | None:
    """Read a state; None when it is none that this version wrote, so that counting begins anew from the books."""
    try:
        fields = json.loads(text)
        if fields["format"] != _FORMAT:
            return None
        name, tokens, plan_tokens, cost, checked_at = fields["month"]
        reached = tuple(Reached(Budget(LimitName(mark[0]), mark[1]), mark[2]) for mark in fields["reached"])
        return AgentUse(
            Minute(tuple((second, requests, tokens) for second, requests, tokens in fields["minute"])),
            Month(name, Spent(tokens, plan_tokens, cost), checked_at, reached),
            {holder: Held(*held) for holder, held in fields["holders"].items()},
        )
    except (ValueError, TypeError, KeyError, IndexError):
        return None
