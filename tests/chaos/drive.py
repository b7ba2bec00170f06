"""`python -m tests.chaos.drive`: many uploads while the router is killed; exits with 1 if a file is lost or half."""

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path

from tests.support.drive_trial import DriveTrial, run_drive_trial

_MEGABYTE = 1024 * 1024


def main() -> int:
    """Run what the arguments say and print what was found."""
    usual = DriveTrial()
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.drive", description=__doc__)
    parser.add_argument("--files", type=int, default=usual.files)
    parser.add_argument("--size", type=int, default=usual.size, help="bytes of each")
    parser.add_argument("--concurrency", type=int, default=usual.concurrency)
    parser.add_argument("--kills", type=int, default=usual.kills)
    parser.add_argument("--seed", type=int, default=usual.seed)
    trial = DriveTrial(**vars(parser.parse_args()))
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="vutler-drive-") as folder:
        verdict = asyncio.run(run_drive_trial(Path(folder), trial, lambda line: print(line, file=sys.stderr)))  # noqa: T201
    seconds = time.monotonic() - begun
    lines = (
        f"{trial.files:,} files of {trial.size:,} bytes, {trial.concurrency} at once, {trial.kills} kills",
        f"{seconds:.0f} s, acknowledged {len(verdict.acknowledged):,}, listed {verdict.listed:,}",
        f"attempts without an answer {verdict.cut}",
        f"contents of no file, to be swept {verdict.leftovers:,}; memory at most {verdict.memory / _MEGABYTE:.0f} MB",
        *(verdict.differences or ["no difference"]),
    )
    sys.stdout.write("\n".join(lines) + "\n")
    return int(bool(verdict.differences))


if __name__ == "__main__":
    sys.exit(main())
