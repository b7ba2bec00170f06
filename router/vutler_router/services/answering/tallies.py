"""Counts answered requests in plain numbers, and shows them to Prometheus only when it asks.

A counter of the client library takes a lock and several calls for each step, and a request moves five of them. One
process has one event loop, so plain numbers are exact.
"""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Final

from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from typing_extensions import override

__all__ = ["OTHER", "TARGET_LABELS", "Tallies", "bounded_label"]

TARGET_LABELS: Final = ("gen_ai_provider_name", "gen_ai_request_model")

OTHER: Final = "other"
"""Stands for further models, once there are too many to tell apart."""

_MOST_MODELS: Final = 1_000
"""Users name models as they like; a metric with endless labels would fill memory here and in Prometheus."""

_SECONDS: Final = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92)
"""The buckets that the semantic conventions advise for durations."""


@dataclass(slots=True)
class _Tally:
    """What one model answered."""

    statuses: dict[str, int] = field(default_factory=dict)
    tokens_input: int = 0
    tokens_output: int = 0
    seconds: float = 0.0
    buckets: list[int] = field(default_factory=lambda: [0] * (len(_SECONDS) + 1))


class Tallies(Collector):
    """Requests, durations and tokens by model."""

    def __init__(self) -> None:
        self._tallies: dict[tuple[str, str], _Tally] = {}

    def add(self, provider: str, model: str, status: str, seconds: float, tokens: tuple[int, int]) -> None:
        """Count one request; `tokens` are input and output."""
        tally = self._tallies.get((provider, model))
        if tally is None:
            model = bounded_label(model, len(self._tallies))
            tally = self._tallies.setdefault((provider, model), _Tally())
        tally.statuses[status] = tally.statuses.get(status, 0) + 1
        tally.tokens_input += tokens[0]
        tally.tokens_output += tokens[1]
        tally.seconds += seconds
        tally.buckets[bisect_left(_SECONDS, seconds)] += 1

    @override
    def collect(self) -> Iterator[Metric]:
        requests = CounterMetricFamily(
            "vutler_requests", "Model requests by how they ended", labels=[*TARGET_LABELS, "status"]
        )
        tokens = CounterMetricFamily(
            "gen_ai_client_token_usage", "Tokens used", labels=[*TARGET_LABELS, "gen_ai_token_type"]
        )
        durations = HistogramMetricFamily(
            "gen_ai_client_operation_duration_seconds",
            "Seconds from a request's arrival to its answer's end",
            labels=TARGET_LABELS,
        )
        for target, tally in self._tallies.items():
            for status, count in tally.statuses.items():
                requests.add_metric([*target, status], count)
            tokens.add_metric([*target, "input"], tally.tokens_input)
            tokens.add_metric([*target, "output"], tally.tokens_output)
            bounds = [*map(str, _SECONDS), "+Inf"]
            durations.add_metric(target, list(zip(bounds, accumulate(tally.buckets), strict=True)), tally.seconds)
        yield from (requests, tokens, durations)


def bounded_label(model: str, known: int) -> str:
    """Return a model's label, which is its name until there are too many."""
    return model if known < _MOST_MODELS else OTHER
