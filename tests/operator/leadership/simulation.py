"""Operators that contend for one Lease in a simulated minute: messages take time, processes freeze, clocks differ."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from vutler_operator.leadership import Candidate, Election, Terms
from vutler_operator.resources.lease import Lease

TERMS = Terms()


class Server:
    """An API server's one Lease: a write succeeds only on the version that was read."""

    def __init__(self) -> None:
        self.lease: Lease | None = None
        self._version = 0

    def write(self, lease: Lease) -> Lease | None:
        if lease.version != (self.lease.version if self.lease else ""):
            return None
        self._version += 1
        self.lease = replace(lease, version=str(self._version))
        return self.lease


@dataclass
class Process:
    """One operator: it looks, writes and waits as the elector does, with a step of the simulation for each message."""

    election: Election
    server: Server
    delay: Callable[[], float]
    """Returns how long the next message takes; infinite: it is lost."""
    speed: float
    """How fast its clock goes, and where it started, is its own."""
    born: float
    frozen_until: float = 0.0
    dead: bool = False
    acted: bool = False
    _next: float = 0.0
    _then: Callable[[float], None] | None = None
    _stamps: int = 0

    def clock(self, now: float) -> float:
        return self.born + now * self.speed

    def leads(self, now: float) -> bool:
        return not self.dead and self.election.leads(self.clock(now))

    def run(self, now: float) -> None:
        """Do what is due."""
        if self.dead or now < self.frozen_until or now < self._next:
            return
        if self.acted and not self.leads(now):
            self.dead = True  # an operator that lost the lease ends
            return
        then, self._then = self._then, None
        if then is not None:
            then(now)
        else:
            self._look(now)

    def _look(self, now: float) -> None:
        wait, arrived = self.delay(), self.server.lease
        if wait == float("inf"):
            self._after(now, 5.0, None)
        else:
            self._after(now, wait, lambda later: self._decide(arrived, later))

    def _decide(self, seen: Lease | None, now: float) -> None:
        self._stamps += 1
        wanted = self.election.decide(seen, self.clock(now), f"{id(self)}-{self._stamps}")
        if wanted is None:
            self._after(now, TERMS.look_seconds, None)
            return
        sent, there, back = self.clock(now), self.delay(), self.delay()
        if there == float("inf"):
            self._after(now, 5.0, None)
        else:
            self._after(now, there, lambda later: self._arrive(wanted, sent, back, later))

    def _arrive(self, wanted: Lease, sent: float, back: float, now: float) -> None:
        written = self.server.write(wanted)
        if written is None or back == float("inf"):
            self._after(now, 1.0, None)
        else:
            self._after(now, back, lambda later: self._confirm(written, sent, later))

    def _confirm(self, written: Lease, sent: float, now: float) -> None:
        self.election.confirm(written, sent, self.clock(now))
        if self.leads(now):
            self.acted = True
        self._after(now, TERMS.retry_seconds, None)

    def _after(self, now: float, seconds: float, then: Callable[[float], None] | None) -> None:
        self._next, self._then = now + seconds, then


def process(number: int, server: Server, delay: Callable[[], float], *, speed: float = 1.0) -> Process:
    """Make the operator of one pod."""
    candidate = Candidate(f"pod-{number}_x", lambda holder: holder.startswith(f"pod-{number}_"))
    return Process(Election(candidate, TERMS), server, delay, speed, born=1000.0 * number)
