"""What can go wrong in the operator, as one small tree.

OperatorError
├── ClusterError           the API server refused or could not be reached
│   ├── NotFound           the object is not there
│   ├── Conflict           somebody else was faster, or the object is not what it was; read again and retry
│   ├── Expired            the API server does not remember that far back; list again
│   └── Forbidden          a right is missing; the message names it
├── LeadershipLost         another operator may act by now; this one writes nothing and ends
├── RouterError            the router refused; carries its code and field
│   └── RouterUnreachable  it did not answer, or not in time; retried
└── Blocked                an Agent cannot be built as it is; carries the reason and the remedy for its condition
    ├── NameConflict       an object of a child's name belongs to somebody else
    └── Refused            the API server refuses what would be made of the Agent
"""

__all__ = [
    "Blocked",
    "ClusterError",
    "Conflict",
    "Expired",
    "Forbidden",
    "LeadershipLost",
    "NameConflict",
    "NotFound",
    "OperatorError",
    "Refused",
    "RouterError",
    "RouterUnreachable",
]


class OperatorError(Exception):
    """Root of everything that the operator raises by itself."""


class ClusterError(OperatorError):
    """The API server refused a request or could not be reached; `status` is its HTTP status, 0 without an answer."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class NotFound(ClusterError):  # noqa: N818  named after the API server's own reason
    """The object is not there."""


class Conflict(ClusterError):  # noqa: N818  named after the API server's own reason
    """The object changed or was replaced since it was read."""


class Expired(ClusterError):  # noqa: N818  named after the API server's own reason
    """A watch was asked for from a version that the API server does not remember."""


class Forbidden(ClusterError):  # noqa: N818  named after the API server's own reason
    """The operator's account lacks a right."""


class LeadershipLost(OperatorError):  # noqa: N818  what happened, not a fault
    """Another operator may act by now; this one must not write any more."""


class RouterError(OperatorError):
    """The router refused a request; `code` and `param` are those of its error body."""

    def __init__(self, message: str, *, code: str = "", param: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.param = param


class RouterUnreachable(RouterError):  # noqa: N818  the reason shown in the condition
    """The router did not answer in time, or answered that it cannot now."""


class Blocked(OperatorError):  # noqa: N818  a state, not a fault of the operator
    """An Agent cannot be built as it is; `reason` is CamelCase, the message says what to do."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class NameConflict(Blocked):
    """An object that has the name of a child belongs to somebody else."""

    def __init__(self, message: str) -> None:
        super().__init__("NameConflict", message)


class Refused(Blocked):
    """The API server, or a policy of the cluster, refuses a child as it would have to be."""

    def __init__(self, message: str) -> None:
        super().__init__("RefusedByCluster", message)
