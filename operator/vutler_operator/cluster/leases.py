"""Reads and writes the one Lease; a write succeeds only on the version that was read."""

from typing import Final

from vutler_operator.cluster.client import Transport
from vutler_operator.errors import NotFound
from vutler_operator.resources.lease import LEASE, Lease, parse_lease, render_lease
from vutler_operator.resources.objects import ObjectRef

__all__ = ["LeaseRecord"]

_MERGE_PATCH: Final = "application/merge-patch+json"


class LeaseRecord:
    """The Lease of one name and namespace."""

    def __init__(self, transport: Transport, namespace: str, name: str) -> None:
        self._transport = transport
        self._ref = ObjectRef(LEASE.kind, namespace, name)

    async def read(self) -> Lease | None:
        """Return the Lease, or None if there is none.

        Raises:
            ClusterError: the API server refused or is away.
        """
        try:
            return parse_lease(await self._transport.request("get", LEASE, self._ref))
        except NotFound:
            return None

    async def write(self, lease: Lease) -> Lease:
        """Create the Lease, or change the version of it that was read, and return it as it is then.

        Raises:
            Conflict: somebody else was faster.
            NotFound: the Lease, or at a creation its namespace, is not there.
            ClusterError: the API server refused or is away.
        """
        body = render_lease(lease, self._ref.namespace, self._ref.name)
        if lease.version:
            # Not a PUT: what others put on the object, labels for example, stays.
            answer = await self._transport.request("patch", LEASE, self._ref, body=body, content_type=_MERGE_PATCH)
        else:
            answer = await self._transport.request("create", LEASE, self._ref._replace(name=""), body=body)
        return parse_lease(answer)
