from typing import Any

import pytest

from vutler_operator.errors import NameConflict
from vutler_operator.reconcile.children import Children
from vutler_operator.reconcile.store import Store
from vutler_operator.resources.objects import Manifest, ObjectRef, owner_reference, ref_of

AVA = {"apiVersion": "vutler.io/v1alpha1", "kind": "Agent", "metadata": {"name": "ava", "namespace": "a", "uid": "1"}}


def child(kind: str) -> Manifest:
    metadata: dict[str, Any] = {"name": "ava", "namespace": "a", "ownerReferences": [owner_reference(AVA)]}
    return {"apiVersion": "v1", "kind": kind, "metadata": metadata, "spec": {}}


class Server:
    """An API server that takes everything, and a log of what it made."""

    def __init__(self, *there: Manifest) -> None:
        self.there = {ref_of(obj): obj for obj in there}
        self.made: list[str] = []

    async def get(self, ref: ObjectRef) -> Manifest | None:
        return self.there.get(ref)

    async def create(self, manifest: Manifest) -> Manifest:
        self.made.append(manifest["kind"])
        return manifest | {"metadata": {**manifest["metadata"], "uid": "9", "resourceVersion": "9"}}

    async def replace(self, manifest: Manifest, live: Manifest) -> Manifest:
        raise AssertionError(manifest, live)


@pytest.mark.parametrize(
    ("others_wait", "made", "complete"),
    [(False, ["Secret", "Deployment", "Service"], True), (True, ["Secret", "Deployment"], False)],
)
async def test_what_nobody_needs_yet_waits_for_the_pods_of_others(
    *, others_wait: bool, made: list[str], complete: bool
) -> None:
    server = Server()

    done = await Children(server, Store()).settle(
        AVA, [child("Secret"), child("Deployment"), child("Service")], lambda: others_wait
    )

    assert (server.made, done is not None) == (made, complete)


async def test_the_rest_is_made_at_the_next_pass_whoever_waits() -> None:
    server = Server()
    children = Children(server, Store())
    wanted = [child("Deployment"), child("Service")]
    await children.settle(AVA, wanted, lambda: True)

    assert await children.settle(AVA, wanted, lambda: True) is not None

    assert server.made == ["Deployment", "Service"]


async def test_no_pod_starts_whose_address_is_somebody_elses() -> None:
    theirs = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "ava", "namespace": "a", "uid": "7"}}
    server = Server(theirs)

    with pytest.raises(NameConflict, match='Service "ava" exists already'):
        await Children(server, Store()).settle(AVA, [child("Secret"), child("Deployment"), child("Service")])

    assert server.made == ["Secret"]
