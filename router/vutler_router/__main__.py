"""Start the router, or one of its commands: `vutler-router` or `python -m vutler_router`."""

import argparse
import gc
import sys
from collections.abc import Coroutine, Sequence
from datetime import date
from importlib.metadata import version
from typing import Final

import structlog
import uvloop

from vutler_router.app import create_app
from vutler_router.commands import Days, reconcile, rotate_keys
from vutler_router.container import open_process
from vutler_router.errors import BrokenFile, RouterError
from vutler_router.logs import configure_logs
from vutler_router.serving import GracefulServer, listen, url_of
from vutler_router.settings import Settings, SettingsError, load_settings

__all__ = ["main"]

_BAD_CONFIGURATION: Final = 78
"""`EX_CONFIG` of sysexits.h: starting again without a change is pointless."""

_FAILED: Final = 1
_OBJECTS_BETWEEN_COLLECTIONS: Final = 10_000

_SWITCH_SECONDS: Final = 0.000_5
"""How long the event loop may keep the journal's thread from going on after a sync, ten times in a row if need be:
with Python's 5 ms a row at 32 callers was safe after 8.3 ms (p50), with this after 6.5 ms (docs/benchmarks.md)."""

_ROTATION: Final = """\
Seal every stored secret (provider keys, gateway tokens) with the first key of LLM_ENCRYPTION_KEY.

To replace the key:
  1. put the new one in front, LLM_ENCRYPTION_KEY=new,old, and restart every router;
  2. run this with the routers' environment, as they keep serving;
  3. take the old key out and restart every router.

Secrets that no key opens are named and left as they are, and the exit code is 1.
"""

_RECONCILIATION: Final = """\
Compare the usage rows with what is added up from them: day totals, the months of agents, overage records, and the
answers that the routers counted. Nothing is changed unless --repair is given; rows are the truth then.

Routers may serve meanwhile: what differs is looked at twice, and nothing is replaced that changed since. Whatever
differs is shown with what the rows say and what is kept. The exit code is 0 when all agrees or was mended, else 1.
Rows that are missing cannot be mended; a writer's line tells how many.
"""

_EARLIEST: Final = date(2000, 1, 1)
_LATEST: Final = date(2999, 12, 31)

_log = structlog.get_logger(__name__)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until told to stop, or until the command is done; return the exit code."""
    run = _parsed(arguments)
    try:
        settings = load_settings()
        configure_logs(settings.log_level, human=sys.stdout.isatty())
        return uvloop.run(_chosen(run, settings))
    except (SettingsError, BrokenFile) as error:
        return _complain(str(error), _BAD_CONFIGURATION)
    except RouterError as error:
        return _complain(error.message, _FAILED)


def _parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the arguments; those that are wrong end the program with a message and exit code 2."""
    parser = _parser()
    run = parser.parse_args(arguments)
    if run.command == "reconcile":
        run.days = Days.recent(run.first, run.last)
        if run.days.first > run.days.last:
            parser.error(f"argument --from: must not be after --to, which is {run.days.last}")
    return run


def _chosen(run: argparse.Namespace, settings: Settings) -> Coroutine[None, None, int]:
    """Return what was asked for, ready to be run; it returns the exit code."""
    match run.command:
        case "rotate-keys":
            return rotate_keys(settings)
        case "reconcile":
            return reconcile(settings, run.days, repair=run.repair)
        case _:
            return _serve(settings)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="vutler-router",
        description="The door through which agents reach language models. Settings come from the environment. "
        "Without a command it serves until it is told to stop.",
    )
    parser.add_argument("--version", action="version", version=f"vutler-router {version('vutler')}")
    commands = parser.add_subparsers(title="commands", dest="command", metavar="command")
    commands.add_parser(
        "rotate-keys",
        help="seal every stored secret with the first key of LLM_ENCRYPTION_KEY, while routers keep serving",
        description=_ROTATION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    compare = commands.add_parser(
        "reconcile",
        help="compare usage rows with what is added up from them, and mend that if asked to",
        description=_RECONCILIATION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    compare.add_argument(
        "--from", dest="first", metavar="DATE", type=_day, help="first day in UTC, 2026-11-18; default: 34 before --to"
    )
    compare.add_argument("--to", dest="last", metavar="DATE", type=_day, help="last day in UTC; default: today")
    compare.add_argument("--repair", action="store_true", help="let totals say what the rows say")
    return parser


def _day(text: str) -> date:
    """Read a day that someone may mean."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be a day like 2026-11-18, not {text!r}") from None
    if not _EARLIEST <= found <= _LATEST:
        raise argparse.ArgumentTypeError(f"must be from {_EARLIEST} to {_LATEST}")
    return found


async def _serve(settings: Settings) -> int:
    try:
        listener = listen(settings.host, settings.port)
    except OSError as error:
        where = f"{settings.host}:{settings.port}"
        return _complain(f"ROUTER_HOST, ROUTER_PORT: cannot listen on {where}: {error.strerror}", _FAILED)
    async with open_process(settings) as process:
        server = GracefulServer(create_app(process), settings.shutdown_grace, process.readiness.drain)
        _log.info("listening", url=url_of(listener), agents=len(process.directory))
        if process.minted_admin_token is not None:
            sys.stdout.write(f"Sign in: {url_of(listener)}/#token={process.minted_admin_token}\n")
            sys.stdout.flush()
        _spare_the_collector()
        sys.setswitchinterval(_SWITCH_SECONDS)
        await server.run_on(listener)
    return 0


def _spare_the_collector() -> None:
    """Take what was made at the start out of garbage collection: it stays, and walking it costs milliseconds.

    Requests make hundreds of objects each and no cycles to speak of, so looking for cycles can wait for more of them.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)


def _complain(message: str, code: int) -> int:
    sys.stderr.write(f"{message}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
