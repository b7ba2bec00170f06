"""Tells what the API server refuses from what it cannot do just now."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Final

from vutler_operator.errors import ClusterError, Refused

__all__ = ["refusals"]

_REFUSALS: Final = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN, HTTPStatus.UNPROCESSABLE_ENTITY})
"""The object is malformed, a quota, a policy or a missing right forbids it, or a field of it is invalid."""
_NAMESPACE_GOES: Final = "because it is being terminated"


@contextmanager
def refusals() -> Iterator[None]:
    """Turn a refusal into what the Agent's condition says: trying the same again in a loop would change nothing.

    Raises:
        Refused: the API server refused; the message is its own.
    """
    try:
        yield
    except ClusterError as error:
        if error.status not in _REFUSALS or _NAMESPACE_GOES in str(error):
            raise
        message = f"the cluster refuses what is to be made of this Agent ({error}): correct the Agent or the policy"
        raise Refused(message) from error
