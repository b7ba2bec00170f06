"""Who waits for a turn and who has one: `rollouts` applied to the store."""

from collections.abc import Callable
from datetime import datetime

from vutler_operator.reconcile.rollouts import Change, Turn, choose, read_turn
from vutler_operator.reconcile.store import Store
from vutler_operator.resources.objects import AGENT, DEPLOYMENT, ObjectRef

__all__ = ["Turns"]


class Turns:
    """Grants turns; what it remembers is an index of the store, and who asked in vain since the start."""

    def __init__(
        self, store: Store, pace: int, now: Callable[[], datetime], enqueue: Callable[[ObjectRef], None]
    ) -> None:
        self._store = store
        self._pace = pace
        self._now = now
        self._enqueue = enqueue
        self._taken: dict[ObjectRef, Turn] | None = None
        self._granted: dict[ObjectRef, Turn] = {}
        """Turns whose Deployment is not written yet."""
        self._waiting: dict[ObjectRef, Change] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def ask(self, agent: ObjectRef, change: Change) -> bool:
        """Tell whether an agent may roll now; if not, it is queued as soon as it may.

        A granted turn lasts until `observe`.
        """
        self._waiting[agent] = change
        if agent not in self._choose():
            return False
        self._granted[agent] = Turn(change, None, came_up=False)
        del self._waiting[agent]
        return True

    def observe(self, agent: ObjectRef, *, waits: bool) -> None:
        """Look at an agent's Deployment: written in its turn, available again, changed by itself or gone.

        Args:
            agent: whose.
            waits: whether the agent still wants the turn that it asked for.
        """
        if not waits:
            self._waiting.pop(agent, None)
        self._granted.pop(agent, None)
        if self._taken is not None:
            self._look(self._taken, agent)

    def wake(self) -> None:
        """Queue those who may go now."""
        if self._waiting:
            for agent in self._choose():
                self._enqueue(agent)

    def _choose(self) -> tuple[ObjectRef, ...]:
        if self._taken is None:
            self._taken = {}
            for ref in self._store.refs(DEPLOYMENT.kind):
                self._look(self._taken, ref._replace(kind=AGENT.kind))
        turns = [*(self._taken | self._granted).values()]
        return choose(self._waiting, turns, self._pace, self._now())

    def _look(self, taken: dict[ObjectRef, Turn], agent: ObjectRef) -> None:
        deployment = self._store.get(agent._replace(kind=DEPLOYMENT.kind))
        turn = None if deployment is None else read_turn(deployment)
        if turn is None:
            taken.pop(agent, None)
        else:
            taken[agent] = turn
