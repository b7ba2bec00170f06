import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from prometheus_client import CollectorRegistry, Counter
from typing_extensions import override

from tests.operator.reconcile.objects import obj
from vutler_operator.errors import ClusterError, Expired
from vutler_operator.reconcile import follower as module
from vutler_operator.reconcile.dependencies import Dependencies
from vutler_operator.reconcile.follower import Follower, Watcher
from vutler_operator.reconcile.intake import Intake
from vutler_operator.reconcile.resync import Lister, Resync
from vutler_operator.reconcile.store import Store
from vutler_operator.resources.objects import Kind, Manifest, ObjectRef
from vutler_operator.settings import Settings

AVA = ObjectRef("Agent", "team-a", "ava")
SERVICE = ObjectRef("Service", "team-a", "ava")
SETTINGS = Settings.from_environment({"ROUTER_ADMIN_TOKEN": "t", "WATCH_NAMESPACES": "team-a"})

Step = tuple[str, Manifest] | ClusterError
"""What a watch gives next."""


class Server(Lister, Watcher):
    """An API server whose Services are listed as given and watched by a script: one list of steps a watch."""

    def __init__(self, *watches: list[Step]) -> None:
        self.listed: list[Manifest] = []
        self.version = "10"
        self.asked: list[str] = []
        self._watches = [*watches]

    @override
    async def get(self, ref: ObjectRef) -> Manifest | None:
        raise AssertionError(ref)

    @override
    async def list(
        self, kind: Kind, namespace: str = "", *, labels: str = "", at: Callable[[str], None] = lambda _: None
    ) -> AsyncIterator[Manifest]:
        for found in self.listed if kind.kind == "Service" else ():
            yield found
        at(self.version)

    @override
    async def watch(
        self, kind: Kind, namespace: str, *, labels: str, version: str, seconds: int
    ) -> AsyncGenerator[tuple[str, Manifest], None]:
        if kind.kind == "Service":
            self.asked.append(version)
            for step in self._watches.pop(0) if self._watches else ():
                if isinstance(step, ClusterError):
                    raise step
                yield step
        if kind.kind != "Service" or not self._watches:
            await asyncio.Event().wait()


class World:
    """A follower with its store, its queue, and an end to wait for."""

    def __init__(self, server: Server) -> None:
        self.store, self.server = Store(), server
        self.queued: list[ObjectRef] = []
        self.metrics = CollectorRegistry()
        seen = Counter("seen", "", ["kind", "type"], registry=self.metrics)
        intake = Intake(self.store, Dependencies(), self.queued.append, SETTINGS)
        self.resync = Resync(server, self.store, intake, SETTINGS)
        self._follower = Follower(server, self.resync, intake, seen)

    def count(self, happened: str) -> float | None:
        return self.metrics.get_sample_value("seen_total", {"kind": "Service", "type": happened})

    @asynccontextmanager
    async def following(self) -> AsyncIterator[None]:
        await self.resync.read_all()
        task = asyncio.create_task(self._follower.run(("team-a",)))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not true():  # noqa: ASYNC110  the store tells nobody
                await asyncio.sleep(0.005)


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_RETRY_SECONDS", 0.001)


def service(version: int) -> Manifest:
    return obj("Service", "ava", version, agent="ava")


async def test_a_watch_begins_where_the_list_ended_and_every_event_is_work() -> None:
    world = World(Server([("ADDED", service(11)), ("BOOKMARK", service(12)), ("DELETED", service(13))]))

    async with world.following():
        await world.until(lambda: len(world.queued) == 2)

    assert world.server.asked[0] == "10"
    assert world.queued == [AVA, AVA]
    assert not world.store.has(SERVICE)
    counts = {happened: world.count(happened) for happened in ("ADDED", "BOOKMARK", "DELETED")}
    assert counts == {"ADDED": 1, "BOOKMARK": None, "DELETED": 1}


@pytest.mark.parametrize("end", [[], [ClusterError("cut off")]], ids=["ended by the server", "cut off"])
async def test_a_watch_that_ends_goes_on_from_the_last_version_it_reached(end: list[Step]) -> None:
    world = World(Server([("BOOKMARK", service(15)), *end], []))

    async with world.following():
        await world.until(lambda: len(world.server.asked) == 2)

    assert world.server.asked == ["10", "15"]


async def test_after_a_gap_the_kind_is_read_again_and_what_went_in_it_is_noticed() -> None:
    server = Server([("ADDED", service(11)), Expired("too old", 410)], [])
    world = World(server)

    async with world.following():
        server.version = "40"
        await world.until(lambda: len(server.asked) == 2)

    assert server.asked == ["10", "40"]
    assert not world.store.has(SERVICE), "its deletion was in the gap"
    assert world.queued == [AVA, AVA]
