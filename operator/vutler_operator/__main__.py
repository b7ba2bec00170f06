"""Starts the operator: `python -m vutler_operator`, or `vutler-operator`."""

import asyncio
import os
import sys

import structlog
import uvloop

from vutler_operator.errors import OperatorError
from vutler_operator.handlers.memory import collect_seldom
from vutler_operator.handlers.process import run_operator
from vutler_operator.logs import configure_logs
from vutler_operator.settings import Settings, SettingsError

__all__ = ["main"]

_EX_CONFIG = 78
"""Exit code for a bad setting, from sysexits.h."""

logger = structlog.get_logger(__name__)


def main() -> None:
    """Read the settings and run; a bad setting ends with one line that names it."""
    try:
        settings = Settings.from_environment(os.environ)
        configure_logs(settings.operator_log_level)
        collect_seldom()
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


if __name__ == "__main__":
    main()
