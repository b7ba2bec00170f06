"""What is measured against what: a direct connection, the router, and the peers that were asked for."""

from dataclasses import dataclass

from bench.router.workload import Address

__all__ = ["DIRECT", "ROUTER", "Target"]

DIRECT = "direct"
ROUTER = "router"


@dataclass(frozen=True, slots=True)
class Target:
    """One of those compared.

    Attributes:
        name: In tables and files.
        version: Exactly what was measured.
        address: Where and how it is asked.
        pid: Its process; that of the upstream for the direct connection.
    """

    name: str
    version: str
    address: Address
    pid: int
