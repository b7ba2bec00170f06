"""Command line of the local cluster: `python3 -m hack.cluster --help`."""

from __future__ import annotations

import sys

from hack.cluster.commands import run_command
from hack.cluster.errors import ClusterError
from hack.cluster.progress import Progress


def main() -> int:
    """Run one command; an error of ours is one line, not a traceback."""
    progress = Progress()
    try:
        return run_command(sys.argv[1:], progress)
    except ClusterError as error:
        progress.fail(str(error))
        return 1
    except KeyboardInterrupt:
        progress.fail("interrupted; `up` again continues, `down` cleans up")
        return 130


if __name__ == "__main__":
    sys.exit(main())
