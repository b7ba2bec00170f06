"""Errors of the benchmark.

BenchError           something is missing or broken; the message names the remedy
└── WrongAnswerError an answer that is not what the upstream said: nothing measured with it counts
"""

__all__ = ["BenchError", "WrongAnswerError"]


class BenchError(Exception):
    """Say what is wrong and what to do about it."""


class WrongAnswerError(BenchError):
    """Report an answer that is not the expected one."""
