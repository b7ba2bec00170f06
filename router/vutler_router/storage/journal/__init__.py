"""The journal: usage rows on this machine's disk until the database has them (see docs/decisions/0005)."""

from vutler_router.storage.journal.spool import Spool, open_spools

__all__ = ["Spool", "open_spools"]
