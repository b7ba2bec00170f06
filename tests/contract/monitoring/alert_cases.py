"""For each alert: what makes it fire, and what looks a little like it and must not.

Series are in promtool's notation, a value a minute: `0+1x60` grows by one each time, `1x60` stays, `_x30` is not there.
"""

from dataclasses import dataclass

__all__ = ["CASES", "Case"]

Series = dict[str, str]

_OPERATOR = 'job="vutler-operator",namespace="vutler-system"'
_ROUTER = 'job="vutler-router",namespace="vutler-system"'
_OPENAI = f'{_ROUTER},gen_ai_provider_name="openai",gen_ai_request_model="gpt-4o"'


@dataclass(frozen=True)
class Case:
    """Situations in which an alert fires, and others in which it rests, at a time."""

    fires: tuple[Series, ...]
    rests: tuple[Series, ...]
    at: str = "45m"


def _waits(metric: str, labels: str, above: str, below: str) -> Series:
    """Return a histogram of waits around half a minute; most lie above 30 seconds or below."""
    counts = {"0.5": below, "30": below, "60": above, "+Inf": above}
    return {f'{metric}_bucket{{{labels},le="{bound}"}}': values for bound, values in counts.items()}


CASES: dict[str, Case] = {
    "VutlerOperatorDown": Case(
        fires=({}, {f"up{{{_OPERATOR}}}": "0x60"}, {'up{job="vutler-operator",namespace="elsewhere"}': "1x60"}),
        rests=(
            {f'up{{{_OPERATOR},pod="a"}}': "1x60", f'up{{{_OPERATOR},pod="b"}}': "0x60"},
            {f"up{{{_OPERATOR}}}": "1x42 0x20"},
        ),
    ),
    "VutlerOperatorNotOneLeader": Case(
        fires=tuple(
            {
                f'vutler_operator_leader{{{_OPERATOR},pod="a"}}': first,
                f'vutler_operator_leader{{{_OPERATOR},pod="b"}}': second,
            }
            for first, second in (("0x60", "0x60"), ("1x60", "1x60"))
        ),
        rests=(
            {
                f'vutler_operator_leader{{{_OPERATOR},pod="a"}}': "1x42 0x20",
                f'vutler_operator_leader{{{_OPERATOR},pod="b"}}': "0x43 1x20",
            },
        ),
    ),
    "VutlerAgentsFailed": Case(
        fires=({f'vutler_operator_agents{{{_OPERATOR},phase="Failed"}}': "2x60"},),
        rests=(
            {f'vutler_operator_agents{{{_OPERATOR},phase="Failed"}}': "0x40 1x20"},
            {f'vutler_operator_agents{{{_OPERATOR},phase="Stopped"}}': "2x60"},
        ),
    ),
    "VutlerReconcileErrors": Case(
        fires=(
            {
                f'vutler_operator_reconcile_errors_total{{{_OPERATOR},kind="Agent",reason="Forbidden"}}': "0+1x60",
            },
        ),
        rests=(
            {
                f'vutler_operator_reconcile_errors_total{{{_OPERATOR},kind="Agent",reason="Timeout"}}': "0x38 4x30",
            },
        ),
    ),
    "VutlerQueueSlow": Case(
        fires=(_waits("vutler_operator_queue_wait_seconds", _OPERATOR, "0+100x60", "0+50x60"),),
        rests=(_waits("vutler_operator_queue_wait_seconds", _OPERATOR, "0+100x60", "0+100x60"),),
    ),
    "VutlerRolloutStuck": Case(
        fires=({f"vutler_operator_rollouts_waiting{{{_OPERATOR}}}": "0x5 40x60"},),
        rests=(
            {f"vutler_operator_rollouts_waiting{{{_OPERATOR}}}": "90-1x60"},
            {f"vutler_operator_rollouts_waiting{{{_OPERATOR}}}": "0x25 40x40"},
            {f"vutler_operator_rollouts_waiting{{{_OPERATOR}}}": "0x60"},
        ),
    ),
    "VutlerRouterSyncLag": Case(
        fires=({f"vutler_operator_router_sync_lag_seconds{{{_OPERATOR}}}": "0+60x60"},),
        rests=({f"vutler_operator_router_sync_lag_seconds{{{_OPERATOR}}}": "0 250 0x60"},),
    ),
    "VutlerAgentsOverPlan": Case(
        fires=({f"vutler_operator_agents_over_plan{{{_OPERATOR}}}": "1x60"},),
        rests=({f"vutler_operator_agents_over_plan{{{_OPERATOR}}}": "0x60"},),
    ),
    "VutlerRouterDown": Case(
        fires=({}, {f"up{{{_ROUTER}}}": "0x60"}),
        rests=({f"up{{{_ROUTER}}}": "1x60"}, {f"up{{{_ROUTER}}}": "1x44 0x10"}),
    ),
    "VutlerRequestsUnanswered": Case(
        fires=(
            {
                f'vutler_requests_unanswered_total{{{_ROUTER},code="storage_unavailable"}}': "0+10x60",
                f'vutler_requests_total{{{_OPENAI},status="ok"}}': "0+90x60",
            },
            {f'vutler_requests_unanswered_total{{{_ROUTER},code="upstream_unavailable"}}': "0+10x60"},
        ),
        rests=(
            {
                f'vutler_requests_unanswered_total{{{_ROUTER},code="storage_unavailable"}}': "0+1x60",
                f'vutler_requests_total{{{_OPENAI},status="ok"}}': "0+99x60",
            },
            {
                f'vutler_requests_unanswered_total{{{_ROUTER},code="limit_exceeded"}}': "0+50x60",
                f'vutler_requests_total{{{_OPENAI},status="ok"}}': "0+50x60",
            },
        ),
    ),
    "VutlerProviderErrors": Case(
        fires=(
            {
                f'vutler_upstream_failures_total{{{_OPENAI},code="upstream_unavailable"}}': "0+10x60",
                f'vutler_requests_total{{{_OPENAI},status="ok"}}': "0+10x60",
            },
            {f'vutler_upstream_failures_total{{{_OPENAI},code="provider_key_refused"}}': "0+10x60"},
        ),
        rests=(
            {
                f'vutler_upstream_failures_total{{{_OPENAI},code="upstream_unavailable"}}': "0+10x60",
                f'vutler_requests_total{{{_OPENAI},status="ok"}}': "0+90x60",
            },
            {f'vutler_upstream_failures_total{{{_OPENAI},code="upstream_unavailable"}}': "0x38 3x30"},
        ),
    ),
    "VutlerBreakerOpen": Case(
        fires=({f"vutler_breakers_open{{{_ROUTER}}}": "1x60"},),
        rests=({f"vutler_breakers_open{{{_ROUTER}}}": "0x30 1x30"},),
    ),
    "VutlerManagedKeysBusy": Case(
        fires=(_waits("vutler_queue_wait_seconds", f'{_ROUTER},provider="openai"', "0+100x60", "0+50x60"),),
        rests=(
            {
                f'vutler_queue_wait_seconds_bucket{{{_ROUTER},provider="openai",le="{bound}"}}': "0+100x60"
                for bound in ("1", "15", "+Inf")
            },
        ),
    ),
    "VutlerLedgerGrowing": Case(
        fires=({f"vutler_ledger_rows_waiting{{{_ROUTER}}}": "0+100x60"},),
        rests=(
            {f"vutler_ledger_rows_waiting{{{_ROUTER}}}": "5000-100x60"},
            {f"vutler_ledger_rows_waiting{{{_ROUTER}}}": "0 300 0 300 0 300x3 0x60"},
        ),
    ),
    "VutlerUsageLost": Case(
        fires=({f"vutler_ledger_capture_ratio{{{_ROUTER}}}": "1x5 0.99x60"},),
        rests=({f"vutler_ledger_capture_ratio{{{_ROUTER}}}": "0.9x20 1 0.99x25"},),
    ),
    "VutlerModelUnpriced": Case(
        fires=(
            {f"vutler_answers_unpriced_total{{{_OPENAI}}}": "0+1x60"},
            {f"vutler_answers_unpriced_total{{{_OPENAI}}}": "_x30 1x30"},
        ),
        rests=({},),
    ),
    "VutlerAlertsUndelivered": Case(
        fires=({f"vutler_alert_delivery_failures_total{{{_ROUTER}}}": "0+1x60"},),
        rests=({f"vutler_alert_delivery_failures_total{{{_ROUTER}}}": "0x20 2x40"},),
    ),
}
"""By the alert's name."""
