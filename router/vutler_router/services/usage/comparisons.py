"""Two models side by side: what each of a comparison's halves cost, took, said and failed at."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from vutler_router.domain.llm_json import JsonObject
from vutler_router.domain.money import to_usd
from vutler_router.metering.totals import CrossReader, Dimension, Sums, UsageLine
from vutler_router.services.usage.periods import AskedPeriod

__all__ = ["ComparisonService"]

_BY: Final = (Dimension.CATEGORY, Dimension.VARIANT, Dimension.MODEL)


class ComparisonService:
    """Answers from day totals."""

    def __init__(self, reader: CrossReader, now: Callable[[], datetime]) -> None:
        self._reader = reader
        self._now = now

    async def of(
        self, asked: AskedPeriod, *, agent_id: str | None = None, workspace_id: str | None = None
    ) -> JsonObject:
        """Return every category that was compared in a period, of one agent, one workspace or all.

        Raises:
            InvalidRequest: The period is none.
            StorageError: The database does not answer in time.
        """
        span = asked.resolve(self._now())
        lines = await self._reader.lines(_BY, span.first, span.last, agent_id=agent_id, workspace_id=workspace_id)
        categories: defaultdict[str, defaultdict[str, list[UsageLine]]] = defaultdict(lambda: defaultdict(list))
        for line in lines:
            category, variant, _ = line.keys
            if variant:
                categories[category][variant].append(line)
        return {
            "period": span.label,
            "from": span.start.isoformat(),
            "to": span.end.isoformat(),
            "comparisons": [
                {"category": category, "variants": [_variant_view(name, halves[name]) for name in sorted(halves)]}
                for category, halves in sorted(categories.items())
            ],
            "next_cursor": None,
        }


def _variant_view(name: str, lines: Sequence[UsageLine]) -> JsonObject:
    """Show one half; by model too, for where the first of its models failed another one answered."""
    return {
        "variant": name,
        **_figures(sum((line.sums for line in lines), Sums())),
        "by_model": [{**_named(line.keys[2]), **_figures(line.sums)} for line in lines],
    }


def _named(key: str) -> JsonObject:
    provider, _, model = key.partition("/")
    return {"provider": provider, "model": model}


def _figures(sums: Sums) -> JsonObject:
    """Show sums, and what they come to for one answer."""
    return {
        "requests": sums.requests,
        "errors": sums.errors,
        "error_rate": _each(sums.errors, sums),
        "cost_total": to_usd(sums.cost_total),
        "cost_per_request": to_usd(round(_each(sums.cost_total, sums))),
        "latency_ms": round(_each(sums.latency_ms, sums)),
        "tokens_output": sums.tokens_output,
        "tokens_per_answer": round(_each(sums.tokens_output, sums), 1),
    }


def _each(amount: int, sums: Sums) -> float:
    return amount / sums.requests if sums.requests else 0.0
