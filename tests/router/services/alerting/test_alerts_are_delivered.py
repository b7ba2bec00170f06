import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from structlog.testing import capture_logs
from typing_extensions import override

from tests.router.services.alerting.conftest import Alerts, eventually
from tests.router.services.conftest import World
from tests.support.router_values import NOON
from tests.support.scripted_upstream import Pause, Received, Reply, ScriptedUpstream
from tests.support.webhook_receiver import SECRET, is_genuine
from vutler_router.domain.alert_store import MOST_DUE, Alert, AlertKind
from vutler_router.errors import StorageError
from vutler_router.providers.client import HttpTransport
from vutler_router.providers.ports import Timeouts
from vutler_router.providers.webhook import Webhook
from vutler_router.services.alerting.delivery import AlertDelivery, NoDelivery, next_pause
from vutler_router.services.alerting.metrics import AlertMetrics
from vutler_router.services.answering.metrics import RequestMetrics
from vutler_router.settings import AllowedEndpoints, decode_webhook_secret

SECOND, MINUTE, HOUR, DAY = (timedelta(**{unit: 1}) for unit in ("seconds", "minutes", "hours", "days"))
TAKEN, BUSY = Reply(status=204), Reply(status=503, pieces=(b"no",))
NEARLY = Alert("2026-11", "team-a.ava", "team-a", AlertKind.PLAN, 80, 80.5, 1_610_000, 2_000_000, NOON)
COST = replace(NEARLY, kind=AlertKind.MONTHLY_COST, used=8_100_000_000, limit=10_000_000_000, percent=81.0)


class Forgetful(Alerts):
    """A store that goes away at the worst moment: when a receiver has just taken an alert."""

    @override
    async def mark_delivered(self, alert_id: str, now: datetime) -> None:
        if self.away:
            raise StorageError("away")
        await super().mark_delivered(alert_id, now)


@dataclass
class Sender:
    """The delivering part of a router process, and what it counted."""

    delivery: AlertDelivery
    metrics: RequestMetrics

    @property
    def failures(self) -> float:
        lines = self.metrics.exposition().decode().splitlines()
        name = "vutler_alert_delivery_failures_total "
        return next(float(line.removeprefix(name)) for line in lines if line.startswith(name))


@pytest.fixture
async def transport() -> AsyncIterator[HttpTransport]:
    async with HttpTransport.opened(AllowedEndpoints(), Timeouts(connect=2, idle=20, total=20)) as opened:
        yield opened


@pytest.fixture
async def receiver() -> AsyncIterator[ScriptedUpstream]:
    async with ScriptedUpstream.running(TAKEN) as running:
        yield running


@pytest.fixture
def alerts() -> Forgetful:
    return Forgetful()


@pytest.fixture
def new_sender(
    world: World, transport: HttpTransport, receiver: ScriptedUpstream, alerts: Forgetful
) -> Callable[..., Sender]:
    def make(interval: float = 0.01) -> Sender:
        metrics = RequestMetrics()
        webhook = Webhook(transport, f"http://127.0.0.1:{receiver.port}/alerts", decode_webhook_secret(SECRET))
        delivery = AlertDelivery(
            alerts, webhook, AlertMetrics(metrics), world.clock, jitter=lambda: 0.0, interval=interval
        )
        return Sender(delivery, metrics)

    return make


@pytest.fixture
def sender(new_sender: Callable[..., Sender]) -> Sender:
    return new_sender()


def message(request: Received) -> dict[str, Any]:
    assert is_genuine(request)
    body: dict[str, Any] = request.json
    return body


async def test_an_alert_is_posted_signed_once_and_noted(
    sender: Sender, receiver: ScriptedUpstream, alerts: Forgetful
) -> None:
    await alerts.add_new([NEARLY])

    await sender.delivery.deliver()
    await sender.delivery.deliver()

    (request,) = receiver.received
    assert message(request) == {
        "type": "agent.usage.threshold",
        "timestamp": "2026-11-18T12:00:00+00:00",
        "data": {
            "id": "2026-11/team-a.ava/plan/80",
            "agent_id": "team-a.ava",
            "workspace_id": "team-a",
            "month": "2026-11",
            "kind": "plan",
            "threshold": 80,
            "percent": 80.5,
            "unit": "tokens",
            "used": 1_610_000,
            "limit": 2_000_000,
        },
    }
    assert await alerts.of_month("2026-11") == [replace(NEARLY, delivered_at=NOON)]


async def test_money_is_in_usd(sender: Sender, receiver: ScriptedUpstream, alerts: Forgetful) -> None:
    await alerts.add_new([COST])

    await sender.delivery.deliver()

    data = message(receiver.received[0])["data"]
    assert (data["unit"], data["used"], data["limit"]) == ("USD", 8.1, 10.0)


async def test_a_receiver_that_fails_twice_gets_the_same_message_until_it_takes_it(
    sender: Sender, receiver: ScriptedUpstream, alerts: Forgetful, world: World
) -> None:
    receiver.play(BUSY, BUSY, TAKEN)
    await alerts.add_new([NEARLY])

    attempts = []
    for seconds in (0, 19, 20, 39, 40, 80, 3600):
        world.clock.time = NOON + seconds * SECOND
        await sender.delivery.deliver()
        attempts.append(len(receiver.received))

    assert attempts == [1, 1, 2, 2, 3, 3, 3]
    assert [message(request) for request in receiver.received] == [message(receiver.received[0])] * 3
    headers = [request.headers for request in receiver.received]
    assert {header["webhook-id"] for header in headers} == {NEARLY.message_id}
    assert [int(header["webhook-timestamp"]) - int(NOON.timestamp()) for header in headers] == [0, 20, 40]
    assert sender.failures == 2


async def test_pauses_double_up_to_an_hour_and_the_tries_end_after_a_day(
    sender: Sender, receiver: ScriptedUpstream, alerts: Forgetful, world: World
) -> None:
    receiver.play(BUSY)
    await alerts.add_new([NEARLY])

    ages: list[timedelta] = []
    with capture_logs() as logs:
        while world.clock.time < NOON + 3 * DAY:
            await sender.delivery.deliver()
            if len(receiver.received) > len(ages):
                ages.append(world.clock.time - NOON)
            world.clock.time += 10 * SECOND
    given_up = [line["given_up"] for line in logs if line["event"] == "alert not delivered"]

    assert ages[:7] == [seconds * SECOND for seconds in (0, 20, 40, 80, 160, 320, 640)]
    assert {later - earlier for earlier, later in pairwise(ages[9:])} == {HOUR}
    assert (len(ages), ages[-1]) == (32, 84_320 * SECOND)
    assert given_up == [False] * (len(ages) - 1) + [True]


@pytest.mark.parametrize(("age", "pause"), [(0, 20), (20, 20), (300, 300), (3600, 3600), (86_000, 3600)])
def test_a_pause_is_as_long_as_the_alert_is_old(age: int, pause: int) -> None:
    assert next_pause(age * SECOND) == pause * SECOND


async def test_of_several_processes_one_posts(
    new_sender: Callable[..., Sender], receiver: ScriptedUpstream, alerts: Forgetful
) -> None:
    slow = Reply(status=204, before=(Pause(0.2),))
    receiver.play(slow)
    await alerts.add_new([NEARLY])
    senders = [new_sender() for _ in range(3)]

    async with senders[0].delivery.running(), senders[1].delivery.running(), senders[2].delivery.running():
        await eventually(lambda: bool(receiver.received))
        await eventually(lambda: alerts._alerts[NEARLY.id].delivered_at is not None)

    assert len(receiver.received) == 1


async def test_what_a_process_left_undelivered_another_delivers(
    new_sender: Callable[..., Sender], receiver: ScriptedUpstream, alerts: Forgetful, world: World
) -> None:
    await alerts.add_new([NEARLY])
    claimed_by_one_that_died = await alerts.claim(NEARLY.id, now=NOON, until=NOON + 20 * SECOND)
    after_a_restart = new_sender()

    await after_a_restart.delivery.deliver()
    at_once = len(receiver.received)
    world.clock.time += 20 * SECOND
    await after_a_restart.delivery.deliver()
    await after_a_restart.delivery.deliver()

    assert (claimed_by_one_that_died, at_once, len(receiver.received)) == (True, 0, 1)


async def test_what_the_receiver_took_is_not_posted_again_because_the_database_was_away(
    sender: Sender, receiver: ScriptedUpstream, alerts: Forgetful, world: World
) -> None:
    await alerts.add_new([NEARLY])
    alerts.away = True
    with pytest.raises(StorageError):
        await sender.delivery.deliver()
    alerts.away = False

    world.clock.time += MINUTE
    await sender.delivery.deliver()

    assert len(receiver.received) == 1
    assert (await alerts.of_month("2026-11"))[0].delivered_at == NOON + MINUTE


async def test_one_refusal_ends_the_round_and_holds_nobody_else_up_in_the_next(
    sender: Sender, receiver: ScriptedUpstream, alerts: Forgetful
) -> None:
    receiver.play(BUSY, TAKEN)
    await alerts.add_new([NEARLY, COST])

    await sender.delivery.deliver()
    first = [json.loads(request.body)["data"]["kind"] for request in receiver.received]
    await sender.delivery.deliver()

    assert (first, message(receiver.received[1])["data"]["kind"]) == (["monthlyCost"], "plan")


async def test_many_alerts_all_arrive_without_long_pauses(
    new_sender: Callable[..., Sender], receiver: ScriptedUpstream, alerts: Forgetful
) -> None:
    sender = new_sender(interval=60.0)
    many = [replace(NEARLY, agent_id=f"team-a.a{number}") for number in range(MOST_DUE + 20)]
    await alerts.add_new(many)

    async with sender.delivery.running():
        await eventually(lambda: len(receiver.received) == len(many))

    assert {message(request)["data"]["id"] for request in receiver.received} == {alert.id for alert in many}


async def test_a_new_alert_is_posted_at_once_when_the_bell_rings(
    sender: Sender, receiver: ScriptedUpstream, alerts: Forgetful
) -> None:
    async with sender.delivery.running():
        await alerts.add_new([NEARLY])
        sender.delivery.ring()
        await eventually(lambda: bool(receiver.received))


async def test_without_a_webhook_nothing_happens(alerts: Forgetful) -> None:
    await alerts.add_new([NEARLY])
    nobody = NoDelivery()

    async with nobody.running():
        nobody.ring()

    assert await alerts.of_month("2026-11") == [NEARLY]
