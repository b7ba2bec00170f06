"""Finds what OpenClaw would refuse in a configuration, before a pod sees it."""

from collections.abc import Iterator
from typing import Final

from vutler_operator.openclaw.explain import explain
from vutler_operator.openclaw.fault import Config, Fault
from vutler_operator.openclaw.rules import find_broken_rules
from vutler_operator.openclaw.schema import load_schema

__all__ = ["find_faults"]

_SHOWN: Final = 5
"""Faults that are enough for a message that a person reads."""


def find_faults(config: Config) -> tuple[Fault, ...]:
    """Return the first few things that are wrong with a configuration, in the order of their paths; pure.

    Nothing is remembered: a check takes a tenth of a millisecond, less than to render what is checked.
    """
    found = sorted(set(_find(config)), key=lambda fault: ([str(part) for part in fault.path], fault.message))
    return tuple(found[:_SHOWN])


def _find(config: Config) -> Iterator[Fault]:
    schema = load_schema()
    if not schema.validator.is_valid(config):
        for error in schema.validator.iter_errors(config):
            yield from explain(error, schema)
    yield from find_broken_rules(config)
