"""Measure what the router adds: `python -m bench.router [--seconds 4] [--requests 1500]`.

The upstream is the scripted one in a process of its own, so that what is compared is the same bytes fetched directly
and through the router, with authentication and metering on. Everything shares the machine: compare rows, not machines.
"""

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import uvloop

from bench.client import Request, Timing, measure_alone, measure_together
from bench.servers import cpu_seconds, resident_megabytes, router, upstream

_EVENTS = 20
_WARM_UP = 200
_ROUNDS = 3
_WIDTH = 32


def _request(base_url: str, token: str, *, stream: bool) -> Request:
    body: dict[str, object] = {
        "model": "scripted-1",
        "messages": [{"role": "user", "content": "Say twenty words, please."}],
    }
    if stream:
        body |= {"stream": True, "stream_options": {"include_usage": True}}
    expected = b"data: [DONE]" if stream else b'"total_tokens"'
    return Request.post(
        f"{base_url}/chat/completions", token, json.dumps(body).encode(), expected=expected, first=b"word0"
    )


def _quantile(values: Sequence[float], percent: int) -> float:
    return statistics.quantiles(values, n=100)[percent - 1] * 1000


async def _alone(direct: Request, routed: Request, requests: int) -> tuple[list[Timing], list[Timing]]:
    """Measure both in alternating rounds, so that a busy moment hits both."""
    await measure_alone(direct, _WARM_UP)
    await measure_alone(routed, _WARM_UP)
    plain: list[Timing] = []
    through: list[Timing] = []
    for _ in range(_ROUNDS):
        plain += await measure_alone(direct, requests // _ROUNDS)
        through += await measure_alone(routed, requests // _ROUNDS)
    return plain, through


def _added(name: str, plain: Sequence[float], through: Sequence[float]) -> str:
    cells = [f"{_quantile(plain, p):7.2f} {_quantile(through, p):7.2f}" for p in (50, 99)]
    added = [f"{_quantile(through, p) - _quantile(plain, p):6.2f}" for p in (50, 99)]
    return f"{name:28} {cells[0]} {cells[1]}   {added[0]} {added[1]}"


async def _measure(upstream_url: str, router_url: str, token: str, pid: int, arguments: argparse.Namespace) -> None:
    say = sys.stdout.write
    say(f"{'at concurrency 1, ms':28} {'p50 direct,through':>15} {'p99':>15}   {'added p50':>6} p99\n")
    for stream in (False, True):
        direct = _request(upstream_url, token, stream=stream)
        routed = _request(f"{router_url}/v1", token, stream=stream)
        plain, through = await _alone(direct, routed, arguments.requests)
        kind = "stream" if stream else "JSON"
        say(_added(f"{kind}, whole answer", [t.whole for t in plain], [t.whole for t in through]) + "\n")
        if stream:
            say(_added("stream, first token", [t.first for t in plain], [t.first for t in through]) + "\n")
    say(f"\n{f'at concurrency {_WIDTH}':28} {'direct/s':>9} {'through/s':>9} {'CPU ms each':>12} {'router MB':>10}\n")
    for stream in (False, True):
        direct = _request(upstream_url, token, stream=stream)
        routed = _request(f"{router_url}/v1", token, stream=stream)
        alone = await measure_together(direct, _WIDTH, arguments.seconds / 2)
        before = cpu_seconds(pid)
        rate = await measure_together(routed, _WIDTH, arguments.seconds)
        cpu = (cpu_seconds(pid) - before) / (rate * arguments.seconds) * 1000
        kind = f"streams of {_EVENTS} words" if stream else "JSON"
        say(f"{kind:28} {alone:9.0f} {rate:9.0f} {cpu:12.3f} {resident_megabytes(pid):10.0f}\n")


def main() -> None:
    """Start the processes, measure, print a table."""
    parser = argparse.ArgumentParser(description="Measure what the router adds to a request.")
    parser.add_argument("--seconds", type=float, default=4.0, help="length of each throughput run")
    parser.add_argument("--requests", type=int, default=1500, help="requests of each latency run")
    arguments = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as data,
        upstream(_EVENTS) as upstream_url,
        router(upstream_url, Path(data)) as (url, token, pid),
    ):
        uvloop.run(_measure(upstream_url, url, token, pid, arguments))


if __name__ == "__main__":
    main()
