from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from tests.router.services.alerting.conftest import Alerts, Replica, eventually
from tests.router.services.conftest import World
from tests.support.router_values import NOON, make_agent, make_entry
from vutler_router.domain.limits import Limits
from vutler_router.domain.llm import LlmSettings
from vutler_router.domain.usage import TokenCounts
from vutler_router.errors import StorageError
from vutler_router.metering.ledger import Entry

AVA, BOB = "team-a.ava", "team-a.bob"
LAST_SECOND = datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC)
NEXT_MONTH = datetime(2026, 12, 1, 0, 0, 2, tzinfo=UTC)


@pytest.fixture(autouse=True)
def agents(world: World) -> None:
    world.directory.put(make_agent(AVA, llm=LlmSettings(tier="economy")))
    world.directory.put(make_agent(BOB, llm=LlmSettings(limits=Limits(monthly_tokens=1_000))))


def used(name: str, tokens: int, agent_id: str = AVA, timestamp: datetime = NOON) -> Entry:
    tier = "economy" if agent_id == AVA else ""
    return make_entry(name, agent_id=agent_id, tier=tier, tokens=TokenCounts(tokens, 0), timestamp=timestamp)


async def test_a_threshold_is_raised_once_however_often_the_agent_is_used(replica: Replica, alerts: Alerts) -> None:
    for number, tokens in enumerate((1_500_000, 150_000, 10_000, 10_000)):
        await replica.use(used(f"{number}", tokens))
        await replica.watch.look()

    assert await alerts.ids() == [f"2026-11/{AVA}/plan/80"]
    assert (replica.count("vutler_alerts_total"), replica.count("vutler_plan_overage_total")) == (1, 0)
    assert alerts.added == 1


async def test_a_jump_raises_every_threshold_on_its_way(replica: Replica, alerts: Alerts) -> None:
    await replica.use(used("1", 1_400_000))
    await replica.watch.look()
    before = await alerts.ids()
    await replica.use(used("2", 1_200_000))
    with capture_logs() as logs:
        await replica.watch.look()

    assert before == []
    assert await alerts.ids() == [f"2026-11/{AVA}/plan/100", f"2026-11/{AVA}/plan/80"]
    assert [line["event"] for line in logs] == ["usage threshold passed", "usage threshold passed", "plan passed"]
    assert {line["log_level"] for line in logs} == {"warning"}
    assert logs[0] == {
        "event": "usage threshold passed",
        "log_level": "warning",
        "agent_id": AVA,
        "month": "2026-11",
        "kind": "plan",
        "threshold": 80,
        "percent": 130.0,
        "used": 2_600_000,
        "limit": 2_000_000,
    }
    assert (replica.count("vutler_alerts_total"), replica.count("vutler_plan_overage_total")) == (2, 1)


async def test_of_several_processes_one_raises_it(new_replica: Callable[[], Replica], alerts: Alerts) -> None:
    one, other = new_replica(), new_replica()
    await one.use(used("1", 2_000_000))
    other.watch.written([used("1", 2_000_000)])

    await one.watch.look()
    await other.watch.look()

    assert len(await alerts.ids()) == 2
    assert (one.count("vutler_alerts_total"), other.count("vutler_alerts_total")) == (2, 0)
    assert (one.rung, other.rung) == (1, 0)


async def test_a_start_finds_what_a_process_left_that_died_before_its_alert(
    new_replica: Callable[[], Replica], alerts: Alerts
) -> None:
    await new_replica().use(used("1", 1_700_000))

    await new_replica().watch.look()

    assert await alerts.ids() == [f"2026-11/{AVA}/plan/80"]


async def test_nothing_is_lost_while_the_database_is_away(replica: Replica, alerts: Alerts) -> None:
    await replica.watch.look()
    await replica.use(used("1", 1_700_000))
    alerts.away = True
    for _ in range(2):
        with pytest.raises(StorageError):
            await replica.watch.look()
    alerts.away = False

    await replica.watch.look()

    assert await alerts.ids() == [f"2026-11/{AVA}/plan/80"]


async def test_only_agents_that_were_used_are_asked_about(replica: Replica) -> None:
    await replica.watch.look()
    replica.reader.asked.clear()

    await replica.watch.look()
    await replica.use(used("1", 10), used("2", 10, agent_id="team-a.nobody"))
    await replica.watch.look()

    assert replica.reader.asked == [AVA]


async def test_many_agents_cost_one_question(replica: Replica, world: World, alerts: Alerts) -> None:
    names = [f"team-a.agent-{number}" for number in range(40)]
    for name in names:
        world.directory.put(make_agent(name, llm=LlmSettings(limits=Limits(monthly_tokens=1_000))))
    await replica.watch.look()
    replica.reader.asked.clear()

    await replica.use(*(used(name, 900, agent_id=name) for name in names))
    await replica.watch.look()

    assert replica.reader.asked == [None]
    assert len(await alerts.ids()) == 40


async def test_rows_that_come_late_count_for_their_own_month(replica: Replica, world: World, alerts: Alerts) -> None:
    world.clock.time = NEXT_MONTH + timedelta(days=3)
    await replica.watch.look()

    await replica.use(used("late", 2_000_000, timestamp=LAST_SECOND))
    await replica.watch.look()

    assert await alerts.ids("2026-11") == [f"2026-11/{AVA}/plan/100", f"2026-11/{AVA}/plan/80"]
    assert (await alerts.ids("2026-12"), replica.watch.over_plan) == ([], 0)


async def test_a_start_right_after_the_end_of_a_month_looks_at_it_too(
    new_replica: Callable[[], Replica], world: World, alerts: Alerts
) -> None:
    world.clock.time = NEXT_MONTH
    await new_replica().use(used("1", 1_700_000, timestamp=LAST_SECOND))

    await new_replica().watch.look()

    assert await alerts.ids("2026-11") == [f"2026-11/{AVA}/plan/80"]


async def test_each_month_begins_anew(replica: Replica, world: World, alerts: Alerts) -> None:
    world.clock.time = LAST_SECOND
    await replica.use(used("1", 2_000_000, timestamp=LAST_SECOND))
    await replica.watch.look()
    over = [replica.watch.over_plan]

    world.clock.time = NEXT_MONTH
    await replica.watch.look()
    over.append(replica.watch.over_plan)
    await replica.use(used("2", 1_600_000, timestamp=NEXT_MONTH))
    await replica.watch.look()

    assert over == [1, 0]
    assert await alerts.ids("2026-12") == [f"2026-12/{AVA}/plan/80"]


async def test_a_larger_plan_does_not_arm_a_threshold_again(replica: Replica, world: World, alerts: Alerts) -> None:
    await replica.use(used("1", 1_700_000))
    await replica.watch.look()
    world.directory.put(make_agent(AVA, llm=LlmSettings(tier="standard")))
    await replica.use(used("2", 2_400_000))
    await replica.watch.look()

    assert await alerts.ids() == [f"2026-11/{AVA}/plan/80"]


async def test_a_budget_that_was_lowered_is_noticed_without_further_use(
    replica: Replica, world: World, alerts: Alerts
) -> None:
    await replica.use(used("1", 500, agent_id=BOB))
    await replica.watch.look()
    world.directory.put(make_agent(BOB, llm=LlmSettings(limits=Limits(monthly_tokens=600))))
    await replica.watch.look()
    before = await alerts.ids()

    world.clock.time += timedelta(minutes=10)
    await replica.watch.look()

    assert (before, await alerts.ids()) == ([], [f"2026-11/{BOB}/monthlyTokens/80"])


async def test_agents_are_over_their_plan_until_it_is_larger(replica: Replica, world: World) -> None:
    over = []
    for name, tokens in (("1", 1_999_999), ("2", 1)):
        await replica.use(used(name, tokens))
        await replica.watch.look()
        over.append(replica.watch.over_plan)
    world.directory.put(make_agent(AVA, llm=LlmSettings(tier="premium")))
    await replica.use(used("3", 1))
    await replica.watch.look()

    assert [*over, replica.watch.over_plan] == [0, 1, 0]


async def test_the_loop_raises_soon_after_rows_are_written_and_again_after_an_outage(
    replica: Replica, alerts: Alerts
) -> None:
    async with replica.watch.running():
        await replica.use(used("1", 1_700_000))
        await eventually(lambda: replica.count("vutler_alerts_total") == 1)
        alerts.away = True
        await replica.use(used("2", 900, agent_id=BOB))
        await eventually(lambda: len(replica.reader.asked) > 4)
        alerts.away = False
        await eventually(lambda: replica.count("vutler_alerts_total") == 2)

    assert await alerts.ids() == [f"2026-11/{AVA}/plan/80", f"2026-11/{BOB}/monthlyTokens/80"]


async def test_rows_written_right_before_the_end_are_still_looked_at(replica: Replica, alerts: Alerts) -> None:
    async with replica.watch.running():
        await eventually(lambda: len(replica.reader.asked) > 0)
        await replica.use(used("1", 1_700_000))

    assert await alerts.ids() == [f"2026-11/{AVA}/plan/80"]
