from tests.operator.reconcile.objects import obj
from vutler_operator.reconcile.dependencies import Dependencies
from vutler_operator.reconcile.intake import Intake
from vutler_operator.reconcile.lookup import Lookup
from vutler_operator.reconcile.store import Store
from vutler_operator.resources.objects import SECRET, Manifest, ObjectRef, ref_of
from vutler_operator.settings import Settings

AGENT = ObjectRef("Agent", "team-a", "ava")
SETTINGS = Settings.from_environment({"ROUTER_ADMIN_TOKEN": "t", "WATCH_NAMESPACES": "team-a"})


class FakeReader:
    """An API server with these objects, that counts its reads."""

    def __init__(self, *objects: Manifest) -> None:
        self.objects = {ref_of(found): found for found in objects}
        self.reads = 0

    async def get(self, ref: ObjectRef) -> Manifest | None:
        self.reads += 1
        return self.objects.get(ref)


def test_an_older_version_is_no_news() -> None:
    store = Store()
    assert store.put(obj("Pod", "p", 5))
    assert not store.put(obj("Pod", "p", 4))
    assert not store.put(obj("Pod", "p", 5))
    assert store.version(ObjectRef("Pod", "team-a", "p")) == 5


def test_a_deletion_is_not_undone_by_a_late_answer() -> None:
    store = Store()
    store.put(obj("Pod", "p", 5))
    ref = ObjectRef("Pod", "team-a", "p")

    assert store.remove(ref, 7)
    assert not store.put(obj("Pod", "p", 6))
    assert store.put(obj("Pod", "p", 8))


def test_belongings_are_found_by_label_and_kind() -> None:
    store = Store()
    for found in (obj("Pod", "b", agent="ava"), obj("Pod", "a", agent="ava"), obj("Pod", "c", agent="ben")):
        store.put(found)
    store.put(obj("Service", "ava", agent="ava"))

    assert [pod["metadata"]["name"] for pod in store.belongings(AGENT, "Pod")] == ["a", "b"]


def test_what_is_read_from_it_is_a_copy() -> None:
    store = Store()
    store.put(obj("Pod", "p"))
    ref = ObjectRef("Pod", "team-a", "p")

    (store.get(ref) or {})["metadata"]["name"] = "changed"

    assert (store.get(ref) or {})["metadata"]["name"] == "p"


async def test_a_secret_is_read_once_and_kept_while_somebody_refers_to_it() -> None:
    store, dependencies, reader = Store(), Dependencies(), FakeReader(obj("Secret", "openai", 3))
    queued: list[ObjectRef] = []
    intake = Intake(store, dependencies, queued.append, SETTINGS)
    intake.observe(obj("Secret", "openai", 3))
    assert not store.has(ObjectRef("Secret", "team-a", "openai"))

    for _ in range(2):
        lookup = Lookup(AGENT, store, dependencies, reader)
        assert await lookup.find(SECRET, "team-a", "openai") is not None
        lookup.finish()
    assert reader.reads == 1

    intake.observe(obj("Secret", "openai", 4))
    assert queued == [AGENT]
    Lookup(AGENT, store, dependencies, reader).finish()
    assert not store.has(ObjectRef("Secret", "team-a", "openai"))


async def test_an_absent_object_brings_the_work_back_when_it_appears() -> None:
    store, dependencies = Store(), Dependencies()
    queued: list[ObjectRef] = []
    intake = Intake(store, dependencies, queued.append, SETTINGS)
    lookup = Lookup(AGENT, store, dependencies, FakeReader())
    assert await lookup.find(SECRET, "team-a", "openai") is None
    lookup.finish()

    intake.observe(obj("Secret", "openai", 9))

    assert queued == [AGENT]


def test_a_known_version_queues_nothing() -> None:
    store = Store()
    queued: list[ObjectRef] = []
    intake = Intake(store, Dependencies(), queued.append, SETTINGS)

    intake.observe(obj("Deployment", "ava", 3, agent="ava"))
    intake.observe(obj("Deployment", "ava", 3, agent="ava"))
    intake.observe_deleted(obj("Deployment", "ava", 4, agent="ava"))

    assert queued == [AGENT, AGENT]


def test_only_records_of_watched_namespaces_can_be_gone() -> None:
    store = Store()
    intake = Intake(store, Dependencies(), lambda _: None, SETTINGS)
    store.put(obj("Agent", "ava"))

    assert intake.is_gone("team-a.ben")
    assert not intake.is_gone("team-a.ava")
    assert not intake.is_gone("team-b.ben")
