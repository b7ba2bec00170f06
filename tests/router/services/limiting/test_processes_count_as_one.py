"""Several processes over one store, in any order of events, with writes that are lost, late or told wrongly."""

from dataclasses import dataclass, field
from functools import partial

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from typing_extensions import override

from tests.support.router_values import NOON
from vutler_router.domain.limits import OnExceeded
from vutler_router.fairuse.admission import Refusal
from vutler_router.fairuse.rules import Budget, LimitName, Rules
from vutler_router.fairuse.state_json import decode_use, encode_use
from vutler_router.fairuse.use import AgentUse
from vutler_router.fairuse.windows import SECONDS_COUNTED
from vutler_router.services.limiting.account import Account, Attempt, Decision, Question, Reservation

CONCURRENCY, REQUESTS, MONTHLY, LARGEST = 3, 5, 70, 60
RULES = Rules(
    requests_per_minute=REQUESTS,
    concurrency=CONCURRENCY,
    budgets=(Budget(LimitName.MONTHLY_TOKENS, MONTHLY),),
    action=OnExceeded.BLOCK,
)
LEASE = 10.0
NUMBERS = st.integers(0, 1)


class Store:
    """Compare-and-swap over texts."""

    def __init__(self) -> None:
        self.version: int | None = None
        self.text = ""

    def put(self, use: AgentUse, expected: int | None) -> bool:
        if expected != self.version:
            return False
        self.version, self.text = (expected or 0) + 1, encode_use(use)
        return True

    def read(self) -> tuple[AgentUse, int | None]:
        return (decode_use(self.text) if self.text else None) or AgentUse(), self.version


@dataclass
class Process:
    """One router process: its account, what it has under way, and the write it waits for."""

    account: Account
    under_way: list[Reservation] = field(default_factory=list)
    attempt: Attempt | None = None


class Processes(RuleBasedStateMachine):
    """What really happened is counted beside what the accounts say."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOON.timestamp()
        self.store = Store()
        self.born = 0
        self.processes = [self.make() for _ in range(2)]
        self.late: list[Attempt] = []
        self.starts: list[float] = []
        self.settled = 0
        self.perhaps_settled = 0

    def make(self) -> Process:
        self.born += 1
        account = Account(f"process-{self.born}", lease=LEASE, renewal=3)
        account.read(*self.store.read())
        return Process(account)

    # --- what requests do

    @rule(number=NUMBERS, requests=st.lists(st.integers(1, LARGEST), min_size=1, max_size=4), at_once=st.booleans())
    def ask(self, number: int, requests: list[int], at_once: bool) -> None:  # noqa: FBT001 - drawn
        process = self.processes[number]
        for tokens in requests:
            process.account.ask(Question(RULES, tokens, partial(self.answered, process)))
        if at_once and process.attempt is None:
            self.write(process)

    def answered(self, process: Process, decision: Decision) -> None:
        if isinstance(decision, Refusal):
            return
        process.under_way.append(decision)
        self.starts.append(decision.second)

    @rule(number=NUMBERS, share=st.floats(0, 1))
    def settle(self, number: int, share: float) -> None:
        process = self.processes[number]
        if process.under_way:
            reservation = process.under_way.pop(0)
            tokens = int(reservation.tokens * share)
            process.account.settle(reservation, tokens, tokens, self.now)
            self.settled += tokens

    @rule(number=NUMBERS)
    def release(self, number: int) -> None:
        process = self.processes[number]
        if process.under_way:
            reservation = process.under_way.pop()
            process.account.release(reservation)
            self.starts.remove(reservation.second)

    # --- what the database does

    @rule(number=NUMBERS)
    def begin_a_write(self, number: int) -> None:
        process = self.processes[number]
        if process.attempt is None and process.account.has_work(self.now):
            process.attempt = process.account.attempt(self.now)

    @rule(number=NUMBERS, told=st.booleans())
    def end_a_write(self, number: int, told: bool) -> None:  # noqa: FBT001 - drawn
        """The write is done if nobody was faster; the answer may say otherwise."""
        self.end(self.processes[number], told=told)

    def end(self, process: Process, *, told: bool = True) -> None:
        attempt, process.attempt = process.attempt, None
        if attempt is not None:
            written = attempt.needed and self.store.put(attempt.use, attempt.expected_version)
            if written and told:
                process.account.written(attempt)
            else:
                process.account.overtaken(attempt, *self.store.read())

    @rule(seconds=st.floats(0, 3))
    def time_passes(self, seconds: float) -> None:
        """Whoever holds something renews it in time."""
        for process in self.processes:
            if process.account.renewal_due(self.now + 3):
                self.write(process)
        self.now += seconds

    # --- how it ends

    def write(self, process: Process) -> None:
        """Write until nothing is left."""
        self.end(process)
        for _ in range(20):
            if not process.account.has_work(self.now):
                return
            attempt = process.account.attempt(self.now)
            if not attempt.needed and attempt.expected_version == self.store.version:
                process.account.confirmed(attempt)
            elif attempt.needed and self.store.put(attempt.use, attempt.expected_version):
                process.account.written(attempt)
            else:
                process.account.overtaken(attempt, *self.store.read())
        raise AssertionError("there is always something left to write")

    @override
    def teardown(self) -> None:
        self.late.clear()
        for _ in range(2):  # requests that still waited are decided by the first writes
            for number, process in enumerate(self.processes):
                while process.under_way:
                    self.release(number)
                self.write(process)
        use, _ = self.store.read()
        self.check_the_end(use)

    def check_the_end(self, use: AgentUse) -> None:
        assert use.reserved.requests == use.reserved.tokens == use.reserved.cost == 0
        assert use.month.spent.tokens == self.settled
        assert use.at(self.now).minute.requests == sum(start + SECONDS_COUNTED > self.now for start in self.starts)


class SharedLimits(Processes):
    """As long as the database answers, limits hold across all processes."""

    @invariant()
    def no_more_are_under_way_than_may(self) -> None:
        assert sum(len(process.under_way) for process in self.processes) <= CONCURRENCY

    @invariant()
    def no_minute_holds_more_starts_than_it_may(self) -> None:
        assert sum(start > self.now - 60 for start in self.starts) <= REQUESTS

    @invariant()
    def the_month_is_overshot_by_less_than_the_last_request(self) -> None:
        reserved = sum(r.tokens for process in self.processes for r in process.under_way)
        assert self.settled + reserved < MONTHLY + LARGEST


class WithOutages(Processes):
    """Decisions that hold without the database may exceed limits, but nothing is counted twice or lost."""

    @rule(number=NUMBERS, done=st.sampled_from(["yes", "no", "later"]))
    def lose_a_write(self, number: int, done: str) -> None:
        """No answer comes; what is known again comes from reading."""
        process = self.processes[number]
        attempt, process.attempt = process.attempt, None
        if attempt is not None and attempt.needed:
            process.account.lost(attempt)
            if done == "yes":
                self.store.put(attempt.use, attempt.expected_version)
            elif done == "later":
                self.late.append(attempt)
            process.account.read(*self.store.read())
        elif attempt is not None:
            process.account.overtaken(attempt, *self.store.read())

    @precondition(lambda self: self.late)
    @rule()
    def a_late_write_arrives(self) -> None:
        attempt = self.late.pop(0)
        self.store.put(attempt.use, attempt.expected_version)

    @rule(number=NUMBERS)
    def decide_without_it(self, number: int) -> None:
        self.processes[number].account.decide(self.now)


class WithClocksThatJump(WithOutages):
    """Clocks may be set at any moment, by days."""

    @rule(seconds=st.integers(-500_000, 500_000))
    def set_the_clock(self, seconds: int) -> None:
        self.now += seconds

    @override
    def check_the_end(self, use: AgentUse) -> None:
        assert use.at(self.now).reserved.requests == 0
        assert use.month.spent.tokens == self.settled


class WithKills(WithOutages):
    """A process may be gone at any moment; another takes its place."""

    @rule(number=NUMBERS)
    def kill(self, number: int) -> None:
        gone = self.processes[number]
        self.perhaps_settled += self.settled
        self.settled = 0
        del gone
        self.processes[number] = self.make()
        self.now += LEASE + 1
        for process in self.processes:
            self.write(process)

    @override
    def check_the_end(self, use: AgentUse) -> None:
        assert use.at(self.now).reserved.requests == 0
        assert self.settled <= use.month.spent.tokens <= self.settled + self.perhaps_settled


SETTINGS = settings(max_examples=100, stateful_step_count=40, deadline=None)
TestSharedLimits = SharedLimits.TestCase
TestSharedLimits.settings = SETTINGS
TestWithOutages = WithOutages.TestCase
TestWithOutages.settings = SETTINGS
TestWithClocksThatJump = WithClocksThatJump.TestCase
TestWithClocksThatJump.settings = SETTINGS
TestWithKills = WithKills.TestCase
TestWithKills.settings = SETTINGS
