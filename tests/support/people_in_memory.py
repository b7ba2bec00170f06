"""The people of a cluster without one: who holds which token, and what they may do with Agents."""

from dataclasses import dataclass, field

from typing_extensions import override

from vutler_router.domain.caller import UserCaller
from vutler_router.domain.cluster_accounts import ClusterAccounts, Verb
from vutler_router.errors import RouterError

__all__ = ["ANA", "EVE", "PeopleInMemory"]

ANA = UserCaller("ana", "u-1", ("team-a",))
EVE = UserCaller("eve", "u-2")


@dataclass
class PeopleInMemory(ClusterAccounts):
    """The port over dictionaries.

    Attributes:
        tokens: Who holds what.
        rights: What is allowed, as `ana get team-a`, or `ana get team-a.ava` for one Agent, `ana list *` for all.
        asked: What was asked, in the same words.
        failure: Raised by every call.
    """

    tokens: dict[str, UserCaller] = field(default_factory=dict)
    rights: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    failure: RouterError | None = None

    @override
    async def holder_of(self, token: str) -> UserCaller | None:
        self._called("holder")
        return self.tokens.get(token)

    @override
    async def may(self, user: UserCaller, verb: Verb, namespace: str, name: str = "") -> bool:
        place = ".".join(filter(None, (namespace, name))) or "*"
        self._called(f"{user.name} {verb} {place}")
        wider = {place, namespace, "*"}
        return any(f"{user.name} {verb} {where}" in self.rights for where in wider)

    def _called(self, what: str) -> None:
        self.asked.append(what)
        if self.failure is not None:
            raise self.failure
