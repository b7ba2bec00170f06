"""The port behind which statements of closed months are kept, and its version in memory."""

from typing import Protocol

from vutler_router.domain.llm_json import JsonObject

__all__ = ["InMemoryStatementStore", "StatementStore"]


class StatementStore(Protocol):
    """Keeps what was billed, as it was first said: a statement never changes.

    A statement is of one workspace, or of all (the workspace is then the empty text), and of one calendar month,
    written `2026-11`. Every method raises `StorageError` when the database does not answer in time.
    """

    async def find(self, workspace_id: str, month: str) -> JsonObject | None:
        """Return a statement, or None while there is none."""
        ...

    async def keep(self, workspace_id: str, month: str, statement: JsonObject) -> JsonObject:
        """Keep a statement unless there is one, and return the one that is kept, whichever process came first."""
        ...


class InMemoryStatementStore:
    """Statements of this process alone, for tests and trying things out."""

    def __init__(self) -> None:
        self._statements: dict[tuple[str, str], JsonObject] = {}

    async def find(self, workspace_id: str, month: str) -> JsonObject | None:
        """See `StatementStore.find`."""
        return self._statements.get((workspace_id, month))

    async def keep(self, workspace_id: str, month: str, statement: JsonObject) -> JsonObject:
        """See `StatementStore.keep`."""
        return self._statements.setdefault((workspace_id, month), statement)
