"""The loop against a router that takes some records and not others; no network, no clock."""

from collections.abc import Iterable, Mapping

import pytest
from pydantic import JsonValue

from vutler_operator.errors import RouterError, RouterUnreachable
from vutler_operator.reconcile.record import WantedRecord
from vutler_operator.reconcile.router_sync import RouterSync, SyncState
from vutler_operator.router_client import KeyTrouble, RouterRecord, UsageSummary

MANY = [f"team-a.n{number:02}" for number in range(40)]


class Router:
    """A router in a dictionary; what is in `broken` fails with the error given."""

    def __init__(self) -> None:
        self.records: dict[str, RouterRecord] = {}
        self.broken: dict[str, RouterError] = {}
        self.calls: list[str] = []

    async def list_agents(self) -> dict[str, RouterRecord]:
        self._called("list")
        return dict(self.records)

    async def put_agent(self, identifier: str, record: Mapping[str, JsonValue]) -> None:
        self._called(f"put {identifier}")
        self.records[identifier] = RouterRecord(id=identifier, managed_by="operator", revision=str(record["revision"]))

    async def delete_agent(self, identifier: str) -> None:
        self._called(f"delete {identifier}")
        del self.records[identifier]

    async def usage(self) -> UsageSummary:
        self._called("usage")
        return UsageSummary()

    async def key_troubles(self) -> tuple[KeyTrouble, ...]:
        return ()

    def _called(self, call: str) -> None:
        self.calls.append(call)
        for key in (call, call.split(maxsplit=1)[0]):
            if key in self.broken:
                raise self.broken[key]


class Agents:
    """Which agents are gone, and who was told of a change."""

    def __init__(self) -> None:
        self.gone: set[str] = set()
        self.told: list[str] = []

    def is_gone(self, identifier: str) -> bool:
        return identifier in self.gone

    def changed(self, identifiers: Iterable[str]) -> None:
        self.told.extend(identifiers)

    def keys_changed(self, sources: Iterable[str]) -> None:
        self.told.extend(sources)


@pytest.fixture
def router() -> Router:
    return Router()


@pytest.fixture
def agents() -> Agents:
    return Agents()


@pytest.fixture
def sync(router: Router, agents: Agents) -> RouterSync:
    return RouterSync(router, agents, lambda: 0.0)


def want(identifier: str, revision: str = "1") -> WantedRecord:
    return WantedRecord(identifier, revision, {"revision": revision})


async def passes(sync: RouterSync, count: int) -> None:
    for _ in range(count):
        await sync.synchronise(full=True)


async def test_a_record_that_fails_is_its_agents_own_matter(router: Router, agents: Agents, sync: RouterSync) -> None:
    router.broken["put team-a.n00"] = RouterUnreachable("500: broken")
    for identifier in MANY:
        sync.want(want(identifier))

    await passes(sync, 3)

    assert router.records.keys() == {*MANY[1:]}
    assert [sync.state(identifier).state for identifier in MANY] == ["Unreachable"] + ["Synced"] * 39
    assert agents.told.count("team-a.n00") - agents.told.count("team-a.n01") <= 1, "told once more than all are"


async def test_ten_that_fail_do_not_keep_others_from_their_turn(router: Router, sync: RouterSync) -> None:
    for identifier in MANY[:10]:
        router.broken[f"put {identifier}"] = RouterUnreachable("500: broken")
    for identifier in MANY:
        sync.want(want(identifier))

    await passes(sync, 3)

    assert router.records.keys() == {*MANY[10:]}


async def test_it_is_written_as_soon_as_it_can_be(router: Router, sync: RouterSync) -> None:
    router.broken["put team-a.n00"] = RouterUnreachable("500: broken")
    sync.want(want("team-a.n00"))
    await passes(sync, 2)

    router.broken.clear()
    await passes(sync, 1)

    assert sync.state("team-a.n00") == SyncState("Synced")


async def test_between_two_looks_only_new_wishes_are_written(router: Router, sync: RouterSync) -> None:
    router.broken["put team-a.n00"] = RouterUnreachable("500: broken")
    sync.want(want("team-a.n00"))
    await passes(sync, 1)
    router.calls.clear()

    sync.want(want("team-a.n01"))
    await sync.synchronise(full=False)

    assert router.calls == ["put team-a.n01"]


async def test_a_router_that_answers_no_write_is_not_asked_forty_times(router: Router, sync: RouterSync) -> None:
    router.broken["put"] = RouterUnreachable("ConnectError")
    for identifier in MANY:
        sync.want(want(identifier))

    with pytest.raises(RouterUnreachable):
        await sync.synchronise(full=False)

    assert len(router.calls) == 8


async def test_a_record_that_cannot_be_removed_stops_nothing(router: Router, agents: Agents, sync: RouterSync) -> None:
    router.records["team-a.old"] = RouterRecord(id="team-a.old", managed_by="operator")
    router.broken["delete team-a.old"] = RouterError("409: in use", code="in_use")
    agents.gone.add("team-a.old")
    sync.want(want("team-a.n00"))

    await passes(sync, 2)

    assert sync.state("team-a.n00") == SyncState("Synced")
    assert router.calls[-1] == "usage"


async def test_a_router_that_tells_no_usage_is_up_all_the_same(router: Router, sync: RouterSync) -> None:
    router.broken["list"] = RouterUnreachable("ConnectError")
    await sync.look()
    sync.want(want("team-a.n00"))
    router.broken = {"usage": RouterError("404: unknown", code="404")}

    await passes(sync, 1)

    assert sync.state("team-a.n00") == SyncState("Synced")


async def test_a_wrong_token_is_told_to_every_agent(router: Router, sync: RouterSync) -> None:
    router.broken["list"] = RouterError("401: who is this", code="401")
    sync.want(want("team-a.n00"))

    await sync.look()

    assert sync.state("team-a.n00") == SyncState("Unreachable", "401: who is this", "401")


async def test_nothing_new_costs_one_list_and_one_question_for_usage(router: Router, sync: RouterSync) -> None:
    for identifier in MANY:
        sync.want(want(identifier))
    await passes(sync, 1)
    router.calls.clear()

    await passes(sync, 3)
    await sync.synchronise(full=False)

    assert router.calls == ["list", "usage"] * 3
