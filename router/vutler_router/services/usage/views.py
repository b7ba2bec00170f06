"""How use is shown, by the names of the API; money in USD."""

from typing import Final

from vutler_router.domain.agent import Agent
from vutler_router.domain.limits import Limits
from vutler_router.domain.llm_json import JsonObject, limits_json
from vutler_router.domain.money import to_usd
from vutler_router.fairuse.standing import Standing
from vutler_router.metering.totals import Dimension, Sums, UsageTotal
from vutler_router.services.usage.accounts import Account
from vutler_router.services.usage.forecasts import Forecast
from vutler_router.services.usage.plan_share import PlanShare

__all__ = [
    "SUM_COLUMNS",
    "account_view",
    "forecast_view",
    "limits_view",
    "line_view",
    "share_view",
    "sums_view",
    "whose_view",
]

_NEARLY: Final = 80
"""Per cent from which a plan or budget is nearly used up."""


def sums_view(sums: Sums) -> JsonObject:
    """Show sums."""
    return {
        "requests": sums.requests,
        "tokens_input": sums.tokens_input,
        "tokens_output": sums.tokens_output,
        "tokens_total": sums.tokens_total,
        "tokens_cached": sums.tokens_cached,
        "tokens_reasoning": sums.tokens_reasoning,
        "cost_input": to_usd(sums.cost_input),
        "cost_output": to_usd(sums.cost_output),
        "cost_total": to_usd(sums.cost_total),
        "price_total": to_usd(sums.price_total),
        "cost_estimated": to_usd(sums.cost_estimated),
        "saved": to_usd(sums.saved),
        "classification_cost": to_usd(sums.classification_cost),
        "classification_ms": sums.classification_ms,
        "latency_ms": sums.latency_ms,
        "requests_failed": sums.errors,
        "requests_unpriced": sums.unpriced,
        "requests_corrected": sums.corrected,
    }


SUM_COLUMNS: Final = tuple(sums_view(Sums()))
"""The names of `sums_view`, in order."""


def line_view(by: Dimension, line: UsageTotal) -> JsonObject:
    """Show one line of a breakdown; `priced` tells whether the price of everything in it was known."""
    shown = {**sums_view(line.sums), "overage_tokens": line.sums.overage_tokens}
    if by is Dimension.MODEL:
        provider, _, model = line.key.partition("/")
        return {"provider": provider, "model": model, **shown, "priced": line.sums.unpriced == 0}
    return {by.value: line.key, **shown}


def share_view(share: PlanShare) -> JsonObject:
    """Show how a month stands to its plan."""
    return {"included_tokens": share.included, "percent": share.percent, "overage_tokens": share.overage}


def limits_view(limits: Limits | None) -> JsonObject:
    """Show an agent's own limits by the CRD's names; nothing without any."""
    shown = limits_json(limits)
    return {} if shown is None else {"limits": shown}


def whose_view(agent_id: str, agent: Agent | None) -> JsonObject:
    """Name an agent; of one that is gone only the id is left."""
    return {
        "agent_id": agent_id,
        "workspace_id": agent_id.partition(".")[0],
        "display_name": agent.display_name if agent is not None else None,
        "tier": agent.llm.tier if agent is not None and agent.llm is not None else None,
    }


def account_view(account: Account) -> JsonObject:
    """Show how an agent stands to its plan and limits."""
    return {
        **share_view(account.share),
        "fair_use": _fair_use_view(account.stands),
        "forecast": forecast_view(account.forecast),
    }


def _fair_use_view(standing: Standing) -> JsonObject:
    """Show how far an agent is into what it may use."""
    state = "Exceeded" if standing.exceeded else "Nearly" if standing.percent >= _NEARLY else "Within"
    return {"state": state, "percent": standing.percent, "reason": standing.reason, "action": standing.action.value}


def forecast_view(forecast: Forecast) -> JsonObject:
    """Show a month at its end."""
    day = forecast.date_exceeded
    return {
        "tokens_total": forecast.tokens_total,
        "cost_total": to_usd(forecast.cost_total),
        "overage_tokens": forecast.overage_tokens,
        "price_total": to_usd(forecast.price_total),
        "date_exceeded": None if day is None else day.isoformat(),
    }
