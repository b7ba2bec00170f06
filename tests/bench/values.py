from bench.router.conditions import Conditions
from bench.router.figures import Figures
from bench.router.metering import Booked
from bench.router.results import Memory, Results
from bench.router.soak import Soak
from bench.router.steps import StepName
from bench.router.workload import TOKENS


def figures(late: float, rate: float) -> Figures:
    return Figures(
        answers=100,
        rate=rate,
        rates=(rate,),
        first_p50=late,
        first_p99=late * 2,
        whole_p50=late,
        whole_p99=late * 2,
        cpu_ms=0.5,
        generator_ms=0.04,
    )


def results(*, rows: int = 1000, router_rate: float = 3000.0, peers: tuple[str, ...] = ("litellm",)) -> Results:
    """A run in which the router adds 0.5 ms (p50) and 1 ms (p99), and each peer gives 100 answers a second."""
    targets = {"direct": figures(0.25, 9000.0), "router": figures(0.75, router_rate)}
    targets |= {peer: figures(10.25, 100.0) for peer in peers}
    conditions = Conditions("2026-11-26T00:00:00+00:00", "a machine", 2, 0.1, "3.11.7", {"router": "abc"}, 3.0, 3000, 3)
    return Results(
        conditions=conditions,
        measured=dict.fromkeys(StepName, targets),
        memory={"router": Memory(40.0, 91.0, 60.0)},
        answers=1000,
        booked=Booked(rows, rows * TOKENS, rows, rows * TOKENS),
        soak=Soak(60.0, 18000, [(0.0, 50.0), (30.0, 58.0), (60.0, 59.0)]),
    )
