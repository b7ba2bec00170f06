"""Where a model request stands: in the course of which tree of asks, and why the agent is at work."""

from dataclasses import dataclass
from typing import Final

from vutler_router.domain.ask_store import Ask, AskKind
from vutler_router.metering.ledger import RequestType

__all__ = ["NOWHERE", "Place", "place_in"]

_TYPES: Final = {
    AskKind.ASK: RequestType.TOOL,
    AskKind.CHAT: RequestType.CHAT,
    AskKind.EMAIL: RequestType.EMAIL,
}


@dataclass(frozen=True, slots=True)
class Place:
    """What a usage row says of a request's circumstances; the tree's id is empty outside of one."""

    tree_id: str = ""
    request_type: RequestType = RequestType.CHAT

    @classmethod
    def of(cls, kind: AskKind, tree_id: str = "") -> "Place":
        """Return the place of what is done for that reason."""
        return cls(tree_id, _TYPES[kind])


NOWHERE: Final = Place()
"""Outside of every tree."""


def place_in(ask: Ask) -> Place:
    """Return the place of what a peer does for an ask."""
    return Place.of(ask.kind, ask.tree_id)
