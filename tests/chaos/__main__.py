"""`python -m tests.chaos`: the whole of it, on both databases; exits with 1 if the books differ anywhere."""

import argparse
import asyncio
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from tests.chaos.databases import KINDS, opened_database
from tests.chaos.trial import Chaos, run_chaos
from tests.support.mongo import free_port


def main() -> int:
    """Run what the arguments say and print what was counted."""
    usual = Chaos()
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--database", choices=[*KINDS, "both"], default="both")
    parser.add_argument("--requests", type=int, default=usual.requests)
    parser.add_argument("--concurrency", type=int, default=usual.concurrency)
    parser.add_argument("--kills", type=int, default=usual.kills)
    parser.add_argument("--outage", type=float, default=usual.outage, help="seconds without a database")
    parser.add_argument("--seed", type=int, default=usual.seed)
    parser.add_argument("--slowness", type=float, default=usual.slowness, help="about how many seconds answers take")
    options = vars(parser.parse_args())
    database = options.pop("database")
    kinds = KINDS if database == "both" else (database,)
    return max(_run(kind, Chaos(**options)) for kind in kinds)


def _run(kind: str, chaos: Chaos) -> int:
    _say(f"{kind}: {chaos.requests:,} requests, {chaos.concurrency} at once, seed {chaos.seed}")
    begun = time.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="vutler-chaos-") as folder,
        opened_database(kind, Path(folder)) as database,
    ):
        verdict = asyncio.run(run_chaos(Path(folder), free_port(), database, chaos, _say))
    sys.stdout.write(f"\n{kind}, {time.monotonic() - begun:.0f} s\n{verdict}\n\n")
    sys.stdout.flush()
    return int(bool(verdict.differences))


def _say(line: str) -> None:
    sys.stderr.write(f"{datetime.now(UTC):%H:%M:%S} {line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
