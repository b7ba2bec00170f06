"""Starts the operator: `python -m vutler_operator`, or `vutler-operator`."""

import asyncio
import logging
import os
import sys

import structlog
import uvloop

from vutler_operator.errors import OperatorError
from vutler_operator.handlers.process import run_operator
from vutler_operator.settings import Settings, SettingsError

__all__ = ["main"]

_EX_CONFIG = 78
"""Exit code for a bad setting, from sysexits.h."""


def main() -> None:
    """Read the settings and run; a bad setting ends with one line that names it."""
    try:
        settings = Settings.from_environment(os.environ)
        _log_to_stdout()
        uvloop.run(run_operator(settings))
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(_EX_CONFIG)
    except OperatorError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(1)
    except (KeyboardInterrupt, asyncio.CancelledError):
        return


def _log_to_stdout() -> None:
    """One JSON line per event; libraries speak up from warnings on."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.format_exc_info, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stdout),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    renderer = structlog.processors.JSONRenderer()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)


if __name__ == "__main__":
    main()
