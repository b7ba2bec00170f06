"""What is counted of alerts."""

from vutler_router.services.answering.metrics import RequestMetrics

__all__ = ["AlertMetrics"]


class AlertMetrics:
    """Counters among those of the process; over all router processes each alert counts once."""

    def __init__(self, metrics: RequestMetrics) -> None:
        self._alerts = metrics.counter(
            "vutler_alerts", "Thresholds of plans and budgets that were passed", ("kind", "threshold")
        )
        self._overages = metrics.counter("vutler_plan_overage", "Plans of agents that were used up, once a month each")
        self._failures = metrics.counter(
            "vutler_alert_delivery_failures", "Attempts to deliver an alert that the webhook's receiver did not take"
        )

    def alert_raised(self, kind: str, threshold: int) -> None:
        """Count a threshold, in per cent, that was passed."""
        self._alerts.labels(kind, str(threshold)).inc()

    def plan_passed(self) -> None:
        """Count a plan that was used up."""
        self._overages.inc()

    def not_delivered(self) -> None:
        """Count an attempt that brought an alert to nobody."""
        self._failures.inc()
