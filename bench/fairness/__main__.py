"""`python -m bench.fairness`: start routers and providers, let agents ask, print, stop everything."""

import asyncio
import contextlib
import os
import platform
import signal
import sys
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import uvloop

from bench.fairness.load import Experience, put_load
from bench.fairness.options import Options, parse_options
from bench.fairness.report import Conditions, Report, summarise
from bench.fairness.setups import Running, Setup, started
from bench.router.conditions import router_version
from bench.router.errors import BenchError
from bench.router.table import Ink

__all__ = ["main"]

_INTERRUPTED: Final = 130


def main() -> int:
    """Run the benchmark; 0 means that the quiet agent's wait was bounded."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that what was started is stopped
    options = parse_options()
    try:
        report = _bench(options)
    except BenchError as error:
        _say(f"error: {error}")
        return 1
    except KeyboardInterrupt:
        _say("interrupted; everything is stopped")
        return _INTERRUPTED
    sys.stdout.write(report.as_text(Ink.for_stream(sys.stdout)))
    if options.json is not None:
        options.json.write_text(report.as_json())
    return 0 if report.bounded else 1


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def _bench(options: Options) -> Report:
    conditions = Conditions(
        date=datetime.now(UTC).isoformat(timespec="seconds"),
        cores=len(os.sched_getaffinity(0)),
        python=platform.python_version(),
        router=router_version(()),
        load_before=round(os.getloadavg()[0], 2),
    )
    with contextlib.ExitStack() as programs:
        folder = Path(programs.enter_context(tempfile.TemporaryDirectory(prefix="vutler-bench-")))
        _say("starting a provider and a router for each setup")
        running = {
            setup: programs.enter_context(started(setup, options, folder / setup.name.lower())) for setup in Setup
        }
        _say(f"asking for {options.seconds:g} s")
        found = uvloop.run(_measure(running, options))
    figures = {
        setup: {agent: summarise(experience) for agent, experience in agents.items()} for setup, agents in found.items()
    }
    return Report(conditions, options, figures)


async def _measure(running: Mapping[Setup, Running], options: Options) -> dict[Setup, dict[str, Experience]]:
    """Put the same load on all setups at once: they hardly need the processor."""
    found = await asyncio.gather(*(put_load(router, options) for router in running.values()))
    return dict(zip(running, found, strict=True))


if __name__ == "__main__":
    sys.exit(main())
