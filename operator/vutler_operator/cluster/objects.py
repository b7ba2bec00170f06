"""The few verbs on objects that the operator uses."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from typing import Any, Final

from vutler_operator import names
from vutler_operator.cluster.client import Transport
from vutler_operator.errors import NotFound
from vutler_operator.resources.objects import EVENT, KINDS, Kind, Manifest, ObjectRef, ref_of, uid_of

__all__ = ["Cluster"]

_PAGE: Final = 500
_JSON_PATCH: Final = "application/json-patch+json"
_OWN: Final = f"{names.GROUP}/"
"""How the names of labels and annotations begin that are the operator's."""


class Cluster:
    """Objects of the API server: read, create, replace, status, event."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def get(self, ref: ObjectRef) -> Manifest | None:
        """Read one object, or None if it is not there."""
        kind = KINDS[ref.kind]
        try:
            return _typed(await self._transport.request("get", kind, ref), kind)
        except NotFound:
            return None

    async def list(
        self, kind: Kind, namespace: str = "", *, labels: str = "", at: Callable[[str], None] = lambda _: None
    ) -> AsyncIterator[Manifest]:
        """Read a collection page by page; an empty namespace means the whole cluster.

        Args:
            kind: of what.
            namespace: where.
            labels: a selector.
            at: told the version at which the collection was so, to watch it from there.
        """
        query = {"limit": str(_PAGE)} | ({"labelSelector": labels} if labels else {})
        while True:
            page = await self._transport.request("list", kind, ObjectRef(kind.kind, namespace, ""), query=query)
            for item in page.get("items") or ():
                yield _typed(item, kind)
            following = page["metadata"].get("continue")
            if not following:
                at(str(page["metadata"].get("resourceVersion", "")))
                return
            query["continue"] = following

    async def watch(
        self, kind: Kind, namespace: str, *, labels: str, version: str, seconds: int
    ) -> AsyncGenerator[tuple[str, Manifest], None]:
        """Yield what happens to a collection from a version on, as type of event and object, for so many seconds.

        A `BOOKMARK` carries nothing but a version.

        Raises:
            Expired: the collection has to be listed again.
            ClusterError: the API server refused, is away or was cut off.
        """
        query = {"allowWatchBookmarks": "true", "resourceVersion": version, "timeoutSeconds": str(seconds)}
        if labels:
            query["labelSelector"] = labels
        async with aclosing(self._transport.watch(kind, ObjectRef(kind.kind, namespace, ""), query)) as events:
            async for event in events:
                yield event["type"], _typed(event["object"], kind)

    async def create(self, manifest: Manifest) -> Manifest:
        """Create an object and return it as it is then; one that is there is left alone.

        A plain creation: a server-side apply of a Deployment costs the API server two thirds more (measured, see
        docs/benchmarks.md), and what it would be good for, to keep apart who set what, is of no use here: the content
        of a child is the operator's alone.

        Raises:
            Conflict: an object of that name is there.
        """
        kind, ref = KINDS[manifest["kind"]], ref_of(manifest)
        query = {"fieldManager": names.FIELD_MANAGER}
        answer = await self._transport.request("create", kind, ref._replace(name=""), query=query, body=manifest)
        return _typed(answer, kind)

    async def replace(self, manifest: Manifest, live: Manifest) -> Manifest:
        """Replace an object's whole content, so that what others added goes; of its metadata, theirs stays.

        Raises:
            Conflict: the object is no longer the one that was read.
        """
        kind = KINDS[manifest["kind"]]
        answer = await self._transport.request(
            "patch",
            kind,
            ref_of(manifest),
            query={"fieldManager": names.FIELD_MANAGER},
            body=_replacement(manifest, live),
            content_type=_JSON_PATCH,
        )
        return _typed(answer, kind)

    async def apply_status(self, obj: Manifest, status: Manifest) -> Manifest:
        """Make a custom resource's status what is given; what others put into it goes.

        A JSON patch: the API server needs less than half of the time of a server-side apply for it. Its test of the
        uid keeps the status from another one of the same name; in any other patch of a status a uid is not looked at.
        """
        kind, ref = KINDS[obj["kind"]], ref_of(obj)
        answer = await self._transport.request(
            "patch",
            kind,
            ref,
            subresource="status",
            query={"fieldManager": names.FIELD_MANAGER},
            body=[_same(obj), {"op": "add", "path": "/status", "value": status}],
            content_type=_JSON_PATCH,
        )
        return _typed(answer, kind)

    async def create_event(self, event: Manifest) -> None:
        """Tell the people who watch an object what happened to it."""
        namespace = event["metadata"]["namespace"]
        await self._transport.request("create", EVENT, ObjectRef(EVENT.kind, namespace, ""), body=event)


def _typed(obj: Manifest, kind: Kind) -> Manifest:
    """Add what the items of a list leave out."""
    return {"apiVersion": kind.api_version, "kind": kind.kind, **obj}


def _same(obj: Manifest) -> Manifest:
    return {"op": "test", "path": "/metadata/uid", "value": uid_of(obj)}


def _replacement(manifest: Manifest, live: Manifest) -> list[Manifest]:
    metadata, there = manifest["metadata"], live["metadata"]
    changes: list[tuple[str, Any]] = [
        (f"/{key}", value) for key, value in manifest.items() if key not in {"apiVersion", "kind", "metadata"}
    ]
    for key in ("labels", "annotations"):
        others = {name: value for name, value in (there.get(key) or {}).items() if not name.startswith(_OWN)}
        changes.append((f"/metadata/{key}", others | metadata.get(key, {})))
    owners = [owner for owner in there.get("ownerReferences") or () if not owner.get("controller")]
    changes.append(("/metadata/ownerReferences", [*owners, *metadata["ownerReferences"]]))
    return [_same(live), *({"op": "add", "path": path, "value": value} for path, value in changes)]
