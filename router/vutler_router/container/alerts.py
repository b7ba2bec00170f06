"""Opens what watches plans and budgets."""

import contextlib

from vutler_router.container.clocks import utc_now
from vutler_router.providers.ports import Transport
from vutler_router.providers.webhook import Webhook
from vutler_router.services.alerting.delivery import AlertDelivery, Delivery, NoDelivery
from vutler_router.services.alerting.metrics import AlertMetrics
from vutler_router.services.alerting.month_use import MonthUse
from vutler_router.services.alerting.watch import AlertWatch
from vutler_router.services.answering.metrics import RequestMetrics
from vutler_router.settings import Settings, decode_webhook_secret
from vutler_router.storage import Storage

__all__ = ["opened_alerts"]


async def opened_alerts(
    stack: contextlib.AsyncExitStack,
    settings: Settings,
    storage: Storage,
    use: MonthUse,
    metrics: RequestMetrics,
    transport: Transport,
) -> AlertWatch:
    """Begin to watch plans and budgets, and to tell the webhook, if there is one."""
    counted, url, secret = AlertMetrics(metrics), settings.alert_webhook_url, settings.alert_webhook_secret
    delivery: Delivery = NoDelivery()
    if url is not None and secret is not None:
        webhook = Webhook(transport, url, decode_webhook_secret(secret.get_secret_value()))
        delivery = AlertDelivery(storage.alerts, webhook, counted, utc_now)
    await stack.enter_async_context(delivery.running())
    watch = AlertWatch(
        use, storage.alerts, counted, utc_now, thresholds=settings.alert_thresholds, on_raised=delivery.ring
    )
    metrics.show("vutler_agents_over_plan", "Agents that have used up this month's plan", lambda: watch.over_plan)
    await stack.enter_async_context(watch.running())
    return watch
