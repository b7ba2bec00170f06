from typing import Any

import pytest

from vutler_operator.errors import Conflict, NameConflict
from vutler_operator.reconcile.children import Children
from vutler_operator.reconcile.store import Store
from vutler_operator.resources.objects import Manifest, ObjectRef, owner_reference, ref_of

AVA = {"apiVersion": "vutler.io/v1alpha1", "kind": "Agent", "metadata": {"name": "ava", "namespace": "a", "uid": "1"}}


def config(**metadata: Any) -> Manifest:
    named = {"name": "ava-config", "namespace": "a", "resourceVersion": "5", **metadata}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": named, "data": {"a": "b"}}


class Server:
    """An API server with the objects that are there, and a log of what it was asked."""

    def __init__(self, *there: Manifest) -> None:
        self.there = {ref_of(obj): obj for obj in there}
        self.asked: list[str] = []

    async def get(self, ref: ObjectRef) -> Manifest | None:
        self.asked.append("get")
        return self.there.get(ref)

    async def create(self, manifest: Manifest) -> Manifest:
        self.asked.append("create")
        if ref_of(manifest) in self.there:
            raise Conflict("it is there", 409)
        return await self._write(manifest)

    async def replace(self, manifest: Manifest, live: Manifest) -> Manifest:
        raise AssertionError(manifest, live)

    async def _write(self, manifest: Manifest) -> Manifest:
        written = manifest | {"metadata": {**manifest["metadata"], "uid": "9", "resourceVersion": "9"}}
        self.there[ref_of(manifest)] = written
        return written


def wanted() -> Manifest:
    return config(ownerReferences=[owner_reference(AVA)])


async def test_a_free_name_takes_one_request() -> None:
    server = Server()
    children = Children(server, Store())

    await children.settle(AVA, [wanted()])
    await children.settle(AVA, [wanted()])

    assert server.asked == ["create"]


async def test_somebody_elses_object_is_read_at_the_next_try_and_left_alone() -> None:
    server = Server(config(uid="7"))
    children = Children(server, Store())

    with pytest.raises(Conflict):
        await children.settle(AVA, [wanted()])
    for _ in range(2):
        with pytest.raises(NameConflict, match="does not belong to this Agent"):
            await children.settle(AVA, [wanted()])

    assert server.asked == ["create", "get", "get"]


async def test_an_own_object_that_lost_its_label_is_found_before_its_content_is_decided() -> None:
    own = config(uid="7", ownerReferences=[owner_reference(AVA)])
    children = Children(Server(own), Store())

    with pytest.raises(Conflict):
        await children.settle(AVA, [wanted()])

    assert await children.find_own(AVA, ref_of(own)) == own


async def test_a_name_that_became_free_is_taken() -> None:
    other = config(uid="7")
    server = Server(other)
    children = Children(server, Store())
    with pytest.raises(Conflict):
        await children.settle(AVA, [wanted()])
    del server.there[ref_of(other)]

    await children.settle(AVA, [wanted()])

    assert server.asked == ["create", "get", "create"]


async def test_what_comes_after_a_taken_name_is_not_written() -> None:
    server = Server(config(uid="7"))
    later = wanted() | {"kind": "Secret"}

    with pytest.raises(Conflict):
        await Children(server, Store()).settle(AVA, [wanted(), later])

    assert server.asked == ["create"]
