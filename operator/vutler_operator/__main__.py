"""Starts the operator: `python -m vutler_operator`, or `vutler-operator`."""

import asyncio
import gc
import os
import sys
from typing import Final

import structlog
import uvloop

from vutler_operator.errors import OperatorError
from vutler_operator.handlers.process import run_operator
from vutler_operator.logs import configure_logs
from vutler_operator.settings import Settings, SettingsError

__all__ = ["main"]

_EX_CONFIG = 78
"""Exit code for a bad setting, from sysexits.h."""

_OBJECTS_BEFORE_COLLECTION: Final = 20_000

logger = structlog.get_logger(__name__)


def main() -> None:
    """Read the settings and run; a bad setting ends with one line that names it."""
    try:
        settings = Settings.from_environment(os.environ)
        configure_logs(settings.operator_log_level)
        _collect_garbage_seldom()
        uvloop.run(run_operator(settings))
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(_EX_CONFIG)
    except OperatorError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(1)
    except (KeyboardInterrupt, asyncio.CancelledError):
        return
    except Exception:  # the edge of the process: without this line Python prints the exception's own words
        logger.exception("the operator ends because of a bug")
        sys.exit(1)


def _collect_garbage_seldom() -> None:
    """Leave what was imported out of every collection, and collect less often: a sixth of the processor's time."""
    gc.freeze()
    gc.set_threshold(_OBJECTS_BEFORE_COLLECTION)


if __name__ == "__main__":
    main()
