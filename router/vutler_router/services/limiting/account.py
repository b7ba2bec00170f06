"""What one router process knows of one agent's use, and what it still has to tell the others; no I/O, no clock.

The state in the store is changed by compare-and-swap alone. An attempt is the known state with everything in it that
happened here since: changes (see `Changes`), what this process holds altogether, and the admission of requests that
wait for a decision. If it is written, it is true and the decisions hold; if somebody was faster, they are made anew on
what is there now.

Of a write whose outcome is unknown the decisions stand, and its changes wait in a list until the store shows by their
number whether they arrived. What is held is always written as a whole, so it needs no number: a reservation ends with
its request, whatever was lost on the way.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from vutler_router.fairuse.admission import Admitted, Refusal, admit
from vutler_router.fairuse.changes import Books, Changes
from vutler_router.fairuse.months import Spent
from vutler_router.fairuse.rules import Budget, Rules
from vutler_router.fairuse.use import AgentUse, Held

__all__ = ["Account", "Attempt", "Decision", "Question", "Reservation"]

_NONE: Final = Changes()


@dataclass(frozen=True, slots=True)
class Reservation:
    """What is held for one request.

    Attributes:
        second: When it began, in whole seconds since 1970.
        tokens: What it is expected to use.
        cost: The same in 1e-9 USD.
        on_plan: Whether what it uses counts towards a plan.
        tier: The cheaper plan that answers it; None for the agent's own models.
    """

    second: int
    tokens: int
    cost: int
    on_plan: bool
    tier: str | None


Decision = Reservation | Refusal


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """A request that waits for a decision.

    Attributes:
        rules: What it is held to.
        tokens: What it is expected to use.
        answer: Is told the decision, once.
    """

    rules: Rules
    tokens: int
    answer: Callable[[Decision], None]


@dataclass(slots=True, eq=False)
class Attempt:
    """A state to be written.

    Attributes:
        use: The state.
        expected_version: The version it takes the place of; None where there is none.
        op: The number of its changes.
        changes: What is new in it, the decisions' requests included.
        unasked: What is new in it without them.
        decisions: What was decided on it.
        needed: Whether it differs from what is there in a way that others have to know.
        told: Whether its decisions were told already, so that they hold whatever becomes of it.
    """

    use: AgentUse
    expected_version: int | None
    op: int
    changes: Changes
    unasked: Changes
    decisions: Sequence[tuple[Question, Decision]]
    needed: bool
    told: bool = False


class Account:
    """One agent's use as one process sees it.

    Args:
        holder: The process's name in the state.
        lease: Seconds for which what it holds counts unless it writes again.
        renewal: Seconds after which it writes again while it holds something.
    """

    def __init__(self, holder: str, *, lease: float, renewal: float) -> None:
        self._holder = holder
        self._lease = lease
        self._renewal = renewal
        self._use = AgentUse()
        self._version: int | None = None
        self._held = Held()
        self._unsent = _NONE
        self._doubtful: list[Changes] = []
        self._op = 0
        self._attempt: Attempt | None = None
        self._questions: list[Question] = []
        self._budgets: tuple[Budget, ...] = ()

    @property
    def held(self) -> Held:
        """What is reserved here for requests under way."""
        return self._held

    @property
    def asking(self) -> bool:
        """Whether requests wait for a decision that no attempt holds."""
        return bool(self._questions)

    @property
    def budgeted(self) -> bool:
        """Whether the month matters to the agent's requests."""
        return bool(self._budgets)

    def checked_at(self, now: float) -> int:
        """Return when this month was last compared with the books, in seconds since 1970; 0 if never."""
        month, books = self._use.month.at(now), self._unsent.books
        ours = books.read_at if books is not None and books.month == month.name else 0
        return max(month.checked_at, ours)

    def has_work(self, now: float) -> bool:
        """Whether there is something to write or to decide."""
        return bool(self._questions or self._unsent or self._doubtful or self._attempt) or self.renewal_due(now)

    def renewal_due(self, now: float) -> bool:
        """Whether what is held would soon count no more."""
        return bool(self._held.requests) and self._written().expires_at - now < self._lease - self._renewal

    def ask(self, question: Question) -> None:
        """Let a request wait for the next attempt."""
        self._questions.append(question)
        self._budgets = question.rules.budgets

    def withdraw(self, question: Question) -> None:
        """Let it wait no more: its caller has left."""
        if question in self._questions:
            self._questions.remove(question)

    def settle(self, reservation: Reservation, tokens: int, cost: int, now: float) -> None:
        """End a reservation and count what was used."""
        self._unhold(reservation)
        spent = Spent(tokens, tokens if reservation.on_plan else 0, cost)
        self._unsent = self._unsent.settled(now, spent)

    def release(self, reservation: Reservation) -> None:
        """End a reservation and count nothing, the request itself included."""
        self._unhold(reservation)
        self._unsent = self._unsent.given_back(reservation.second)

    def compare(self, books: Books) -> None:
        """Raise the month to what the books say."""
        self._unsent = self._unsent.merged(Changes(books=books))

    def decide(self, now: float) -> None:
        """Decide by what is known here, without the store, on everything that waits."""
        if self._attempt is not None:
            self._tell(self._attempt)
        questions, self._questions = self._questions, []
        for question in questions:
            use = self._view(now)
            decision = _decided(question, admit(use, question.rules, self._holder, question.tokens, now))
            if isinstance(decision, Reservation):
                self._unsent = self._unsent.started(decision.second)
            self._answer(question, decision)

    def attempt(self, now: float) -> Attempt:
        """Begin an attempt with everything that is new; it must end in `written`, `overtaken` or `lost`."""
        questions, self._questions = self._questions, []
        use = self._view(now)
        unasked, self._unsent = self._unsent, _NONE
        changes = unasked
        decisions: list[tuple[Question, Decision]] = []
        for question in questions:
            found = admit(use, question.rules, self._holder, question.tokens, now)
            decision = _decided(question, found)
            if isinstance(found, Admitted):
                use, changes = found.use, changes.started(found.second)
            decisions.append((question, decision))
        marks = use.month.reached != self._use.month.reached
        needed = bool(changes or self._doubtful) or marks or self.renewal_due(now)
        op = self._op + 1
        held = use.held_by(self._holder)
        expires_at = int(now + self._lease) if held.requests else int(now)
        use = use.holding(self._holder, replace(held, expires_at=expires_at, op=op))
        self._attempt = Attempt(use, self._version, op, changes, unasked, decisions, needed)
        return self._attempt

    def written(self, attempt: Attempt) -> None:
        """The attempt is the state now."""
        self._use, self._version = attempt.use, (attempt.expected_version or 0) + 1
        self._arrived(attempt)

    def confirmed(self, attempt: Attempt) -> None:
        """The attempt needed no writing, and the state it was made on is the newest."""
        self._tell(attempt)
        self._attempt = None

    def overtaken(self, attempt: Attempt, use: AgentUse, version: int | None) -> None:
        """The attempt was not written, or so the store says; this is what is there instead."""
        if use.held_by(self._holder).op >= attempt.op:  # it was, and only its answer was lost
            self._arrived(attempt)
        else:
            self._take_back(attempt)
        self.read(use, version)

    def lost(self, attempt: Attempt) -> None:
        """Nobody knows whether the attempt was written: its decisions hold, its changes wait for an answer."""
        self._tell(attempt)
        self._attempt = None
        self._doubtful.append(attempt.changes)
        self._op = attempt.op

    def read(self, use: AgentUse, version: int | None) -> None:
        """This is the state in the store."""
        self._use, self._version = use, version
        missing = min(max(self._op - use.held_by(self._holder).op, 0), len(self._doubtful))
        self._doubtful = self._doubtful[len(self._doubtful) - missing :]

    def _view(self, now: float) -> AgentUse:
        """Return the state with everything that happened here."""
        use = self._use.at(now)
        for changes in self._doubtful:
            use = changes.applied(use)
        if self._attempt is not None:
            use = self._attempt.changes.applied(use)
        use = self._unsent.applied(use)
        holders = {**use.holders, self._holder: self._held}
        return AgentUse(use.minute, use.month.marked(self._budgets, now), holders)

    def _written(self) -> Held:
        return self._use.held_by(self._holder)

    def _arrived(self, attempt: Attempt) -> None:
        self._tell(attempt)
        self._attempt = None
        self._doubtful.clear()
        self._op = attempt.op

    def _take_back(self, attempt: Attempt) -> None:
        """Make a dead attempt's changes new again; decisions that nobody was told are open again."""
        self._attempt = None
        kept = attempt.changes if attempt.told else attempt.unasked
        self._unsent = kept.merged(self._unsent)
        if not attempt.told:
            self._questions = [question for question, _ in attempt.decisions] + self._questions

    def _tell(self, attempt: Attempt) -> None:
        if attempt.told:
            return
        attempt.told = True
        for question, decision in attempt.decisions:
            self._answer(question, decision)

    def _answer(self, question: Question, decision: Decision) -> None:
        if isinstance(decision, Reservation):
            self._held = self._held.plus(1, decision.tokens, decision.cost)
        question.answer(decision)

    def _unhold(self, reservation: Reservation) -> None:
        self._held = self._held.plus(-1, -reservation.tokens, -reservation.cost)


def _decided(question: Question, found: Admitted | Refusal) -> Decision:
    if isinstance(found, Refusal):
        return found
    return Reservation(found.second, found.tokens, found.cost, question.rules.on_plan, found.tier)
