"""Tells what a namespace on the real node was like when its test failed: what is not seen then is gone for ever."""

import sys
from typing import Final

import pytest

from hack.demo.release import NAMESPACE
from hack.demo.target import Target

__all__ = ["FAILED", "print_post_mortem"]

FAILED: Final = pytest.StashKey[bool]()
"""Whether a part of this test failed so far."""

_SEEN_BY: Final = (
    ("get", "agents.vutler.io,llmconfigs,deployments,pods", "-o", "wide"),
    ("get", "events", "--sort-by=.lastTimestamp"),
    ("describe", "pods"),
)
_LAST_LINES: Final = "40"


def print_post_mortem(target: Target, namespace: str) -> None:
    """Print what there is in the namespace and what its pods and the platform's said last."""
    for arguments in _SEEN_BY:
        _print(target, *arguments, "-n", namespace)
    for pod in target.run("kubectl", "get", "pods", "-n", namespace, "-o", "name", check=False).split():
        _print(target, "logs", pod, "-n", namespace, "--tail", _LAST_LINES)
        _print(target, "logs", pod, "-n", namespace, "--tail", _LAST_LINES, "--previous")
    for part in ("operator", "router"):
        chosen = f"app.kubernetes.io/component={part}"
        _print(target, "logs", "-l", chosen, "-n", NAMESPACE, "--prefix", "--tail", _LAST_LINES)


def _print(target: Target, *arguments: str) -> None:
    said = target.run("kubectl", *arguments, check=False)
    if said.strip():
        sys.stdout.write(f"--- kubectl {' '.join(arguments)}\n{said}\n")
