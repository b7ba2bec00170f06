"""A caller who does not read must not make the router keep what the provider says."""

import asyncio
from pathlib import Path

from tests.support.conformance import SAME, Bench, Case, over
from tests.support.scripted_upstream import stream

MEGABYTES = 64
MOST_GROWTH = 32 << 10
"""Kilobytes, for a caller who reads nothing of far more."""


def resident(router: Bench) -> int:
    """Return the router's memory in kilobytes."""
    status = Path(f"/proc/{router.program.process.pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))


@over(SAME[:3])
async def test_a_caller_who_does_not_read_is_waited_for(case: Case) -> None:
    word = case.way.wire.beginning("x" * (1 << 20))[-1]
    case.play(stream(*case.way.wire.opening(), *[word] * MEGABYTES))
    before = resident(case.bench)
    body = case.way.caller.request(stream=True)
    async with case.bench.http.stream("POST", case.way.caller.surface, json=body, headers=case.own) as response:
        await anext(response.aiter_raw())
        await asyncio.sleep(1.0)
        growth = resident(case.bench) - before
    assert growth < MOST_GROWTH
    (row,) = await case.rows()
    assert row["status"] == "cancelled"
