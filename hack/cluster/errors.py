"""Errors of the cluster tool.

ClusterError                something is missing or broken; the message names the remedy
├── DaemonExitedError       a daemon ended while it was being waited for
├── ApiError                the API server refused a request        (in `api`)
└── ApiUnreachableError     the API server did not answer in time   (in `api`)
"""

from __future__ import annotations

__all__ = ["ClusterError", "DaemonExitedError"]


class ClusterError(Exception):
    """Say in one line what is wrong and what to do about it."""


class DaemonExitedError(ClusterError):
    """Report that a daemon ended by itself, with the end of its log."""

    def __init__(self, name: str, log_tail: str) -> None:
        super().__init__(f"{name} ended while starting; the end of its log:\n{log_tail}")
        self.log_tail = log_tail
