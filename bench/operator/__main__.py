"""`python -m bench.operator`: bring a simulated cluster up, measure, print, leave nothing behind."""

import contextlib
import os
import signal
import sys
import tempfile
from pathlib import Path
from types import FrameType
from typing import Final

import uvloop

from bench.operator.cluster import simulated_cluster
from bench.operator.conditions import read_conditions
from bench.operator.options import Options, parse_options
from bench.operator.programs import running_router
from bench.operator.report import as_json, as_text
from bench.operator.scenario import run_scenario
from bench.router.errors import BenchError
from bench.router.table import Ink
from hack.cluster.progress import Progress

__all__ = ["main"]

_INTERRUPTED: Final = 130


def main() -> int:
    """Run the benchmark; 0 means that everything happened, whether fast or not."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, _leave)
    progress = Progress()
    try:
        _bench(parse_options(), progress)
    except BenchError as error:
        progress.fail(str(error))
        return 1
    except KeyboardInterrupt:
        progress.say("interrupted; everything is stopped")
        return _INTERRUPTED
    return 0


def _leave(_number: int, _frame: FrameType | None) -> None:
    """Take SIGTERM for Ctrl-C, so that what was started is stopped."""
    signal.raise_signal(signal.SIGINT)


def _bench(options: Options, progress: Progress) -> None:
    conditions = read_conditions(options, os.getloadavg()[0])
    with contextlib.ExitStack() as started:
        folder = Path(started.enter_context(tempfile.TemporaryDirectory(prefix="vutler-bench-")))
        cluster = started.enter_context(simulated_cluster(folder, progress))
        router = started.enter_context(running_router(folder))
        results = uvloop.run(run_scenario(options, cluster, router, folder, progress.say))
    sys.stdout.write(as_text(conditions, results, Ink.for_stream(sys.stdout)))
    if options.json is not None:
        options.json.write_text(as_json(conditions, results))


if __name__ == "__main__":
    sys.exit(main())
