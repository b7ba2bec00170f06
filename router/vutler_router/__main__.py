"""Start the router, or one of its commands: `vutler-router` or `python -m vutler_router`."""

import argparse
import gc
import sys
from collections.abc import Sequence
from importlib.metadata import version
from typing import Final

import structlog
import uvloop

from vutler_router.app import create_app
from vutler_router.commands import rotate_keys
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

_ROTATION: Final = """\
Seal every stored secret (provider keys, gateway tokens) with the first key of LLM_ENCRYPTION_KEY.

To replace the key:
  1. put the new one in front, LLM_ENCRYPTION_KEY=new,old, and restart every router;
  2. run this with the routers' environment, as they keep serving;
  3. take the old key out and restart every router.

Secrets that no key opens are named and left as they are, and the exit code is 1.
"""

_log = structlog.get_logger(__name__)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until told to stop, or until the command is done; return the exit code."""
    command = _parser().parse_args(arguments).command
    try:
        settings = load_settings()
        configure_logs(settings.log_level, human=sys.stdout.isatty())
        return uvloop.run(_serve(settings) if command is None else rotate_keys(settings))
    except (SettingsError, BrokenFile) as error:
        return _complain(str(error), _BAD_CONFIGURATION)
    except RouterError as error:
        return _complain(error.message, _FAILED)


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
    return parser


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
