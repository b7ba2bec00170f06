"""From where in which tree an agent asks; pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vutler_router.domain.ask_store import Ask
from vutler_router.errors import Forbidden

__all__ = ["Origin", "check_step", "origin_of"]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a new ask begins.

    Attributes:
        tree_id: The tree it belongs to.
        parent: The ask in whose course it is made; empty when it begins a tree.
        depth: Asks from one agent to another above it.
        path: Everybody above, the agent that asks last.
        above: All who may be above it; more than `path` where the agent is at work for several trees.
    """

    tree_id: str
    parent: str
    depth: int
    path: tuple[str, ...]
    above: frozenset[str]


def origin_of(asker: str, under_way: Sequence[Ask], new_tree: Callable[[], str]) -> Origin:
    """Find where an agent's ask begins.

    A call of a tool does not say which of an agent's turns it belongs to. If all that the agent is at work on is of
    one tree, it belongs there, under the newest. If it is at work for several trees, the ask begins a tree of its own
    that nothing is put on whose account it may not be, but the limits of all of them hold.
    """
    if not under_way:
        return Origin(new_tree(), "", 0, (asker,), frozenset({asker}))
    newest = under_way[-1]
    above = frozenset({asker}).union(*(ask.path for ask in under_way))
    depth = max(ask.depth for ask in under_way)
    if len({ask.tree_id for ask in under_way}) == 1:
        return Origin(newest.tree_id, newest.id, depth, newest.path, above)
    return Origin(new_tree(), "", depth, (asker,), above)


def check_step(origin: Origin, peer: str, deepest: int) -> None:
    """Refuse what would go round in circles, or too far down.

    Raises:
        Forbidden: saying which.
    """
    if peer in origin.above:
        raise Forbidden(
            f"{peer} waits for this answer already, so it cannot be asked: do this part yourself, and answer.",
            code="ask_cycle",
        )
    if origin.depth >= deepest:
        raise Forbidden(
            f"{origin.depth} agents have asked each other down to you, and no more may follow: do this part yourself, "
            f"and answer.",
            code="ask_too_deep",
        )
