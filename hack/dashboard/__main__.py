"""`python3 -m hack.dashboard build | check | npm`: the dashboard, with nothing installed by hand."""

from __future__ import annotations

import argparse
import subprocess
import sys

from hack.cluster.progress import Progress
from hack.dashboard.build import publish_dashboard
from hack.dashboard.node import Node, find_node
from hack.dashboard.packages import UI, install_packages
from hack.images.cache import Cache
from hack.images.errors import ImageError


def main() -> int:
    """Run one verb; return the exit code."""
    parser = argparse.ArgumentParser(prog="python3 -m hack.dashboard", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("build", help="build it and put it into the router's package; says how much a first visit fetches")
    verbs.add_parser("check", help="types, lint and unit tests, then build")
    npm = verbs.add_parser("npm", help="run npm in ui/, for example: npm run dev")
    npm.add_argument("arguments", nargs=argparse.REMAINDER)
    chosen = parser.parse_args()
    cache, progress = Cache.of_this_user(), Progress()
    try:
        if chosen.verb == "build":
            return build(cache, progress)
        node = find_node(cache, progress)
        install_packages(node, cache, progress)
        if chosen.verb == "npm":
            return start(node, *chosen.arguments)
        return start(node, "run", "--silent", "check") or build(cache, progress)
    except ImageError as error:
        progress.fail(str(error))
        return 1
    except KeyboardInterrupt:
        progress.say("interrupted; nothing unfinished was kept")
        return 130


def build(cache: Cache, progress: Progress) -> int:
    """Build it where it is not built, publish it, and measure it; too large is a failure."""
    built = publish_dashboard(cache, progress)
    return start(find_node(cache, progress), "run", "--silent", "size", "--", str(built))


def start(node: Node, *arguments: str) -> int:
    """Run npm in `ui/` with this terminal, and return its exit code."""
    return subprocess.run([*node.npm, *arguments], cwd=UI, env=node.environment(), check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
