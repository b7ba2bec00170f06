"""What the router asks of the cluster about people: who holds a token, and what they may do with Agents."""

from enum import StrEnum
from typing import Protocol

from vutler_router.domain.caller import UserCaller

__all__ = ["ClusterAccounts", "Verb"]


class Verb(StrEnum):
    """What somebody may do with Agents, in the words of Kubernetes."""

    GET = "get"
    LIST = "list"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


class ClusterAccounts(Protocol):
    """A way to the cluster's knowledge of people, or the lack of one."""

    async def holder_of(self, token: str) -> UserCaller | None:
        """Return who holds a bearer token of the cluster; None where nobody does.

        Raises:
            ClusterUnavailable: The API server does not answer, or the router may not ask it.
        """
        ...

    async def may(self, user: UserCaller, verb: Verb, namespace: str, name: str = "") -> bool:
        """Say whether somebody may do this with the Agents of a namespace, or with the one of that name.

        Args:
            user: Who.
            verb: What.
            namespace: Where; empty means in all namespaces.
            name: Of one Agent; empty means all of them.

        Raises:
            ClusterUnavailable: The API server does not answer, or the router may not ask it.
        """
        ...
