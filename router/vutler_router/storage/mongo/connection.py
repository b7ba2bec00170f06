"""The one module that knows how to reach a MongoDB server."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, TypeAlias

from bson import Int64
from pymongo import AsyncMongoClient
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import BulkWriteError, DuplicateKeyError, InvalidURI, PyMongoError

from vutler_router.errors import StorageError

__all__ = ["Collection", "Database", "Document", "insert_missing", "storage_errors", "wide"]

Document: TypeAlias = dict[str, object]
Collection: TypeAlias = AsyncCollection[Document]

_DUPLICATE_KEY: Final = 11000
"""The server's code for a key that is taken."""

_AT_ONCE: Final = 200
"""Documents in one call: what a slow server cannot take within the time limit would be sent again and again."""

_DEFAULT_NAME: Final = "vutler"


class Database:
    """The router's database on a server, with a time limit on every call."""

    def __init__(self, client: AsyncMongoClient[Document], name: str) -> None:
        self._client = client
        self._name = name
        database = client[name]
        self.agents: Final[Collection] = database["agents"]
        self.versions: Final[Collection] = database["versions"]
        self.token_usage: Final[Collection] = database["token_usage"]
        self.usage_daily: Final[Collection] = database["usage_daily"]
        self.breakers: Final[Collection] = database["breakers"]
        self.usage_monthly: Final[Collection] = database["usage_monthly"]
        self.managed_overage: Final[Collection] = database["managed_overage"]
        self.statements: Final[Collection] = database["statements"]
        self.ledger_writers: Final[Collection] = database["ledger_writers"]
        self.limit_states: Final[Collection] = database["limit_states"]
        self.routing_rules: Final[Collection] = database["routing_rules"]
        self.alerts: Final[Collection] = database["alerts"]
        self.alert_claims: Final[Collection] = database["alert_claims"]
        self.drive_files: Final[Collection] = database["drive_files"]
        self.drive_claims: Final[Collection] = database["drive_claims"]
        self.asks: Final[Collection] = database["asks"]
        self.tool_calls: Final[Collection] = database["tool_calls"]
        self.channels: Final[Collection] = database["channels"]
        self.channel_messages: Final[Collection] = database["channel_messages"]
        self.channel_hooks: Final[Collection] = database["channel_hooks"]
        self.work_claims: Final[Collection] = database["work_claims"]
        self.mails: Final[Collection] = database["mails"]
        self.sessions: Final[Collection] = database["sessions"]

    def collection(self, name: str) -> Collection:
        """Return a collection by its name."""
        return self._client[self._name][name]

    @classmethod
    def connect(cls, url: str, *, seconds: float) -> "Database":
        """Prepare a client; nothing is sent yet. Raises `StorageError` for an address that is none."""
        milliseconds = int(seconds * 1000)
        try:
            client: AsyncMongoClient[Document] = AsyncMongoClient(
                url,
                appname="vutler-router",
                timeoutMS=milliseconds,
                serverSelectionTimeoutMS=milliseconds,
                connectTimeoutMS=milliseconds,
                tz_aware=True,
            )
        except (InvalidURI, PyMongoError, ValueError):
            raise StorageError("DATABASE_URL: is no address of a MongoDB server.") from None
        return cls(client, client.get_default_database(_DEFAULT_NAME).name)

    async def ping(self) -> None:
        """Return when the server answers."""
        with storage_errors():
            await self._client.admin.command("ping")

    async def drop(self) -> None:
        """Delete everything the router keeps; for tests."""
        with storage_errors():
            await self._client.drop_database(self.agents.database.name)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._client.close()


@contextlib.contextmanager
def storage_errors() -> Iterator[None]:
    """Turn the driver's errors into ours; keys that are taken (`DuplicateKeyError`, `BulkWriteError`) pass."""
    try:
        yield
    except (DuplicateKeyError, BulkWriteError):
        raise
    except PyMongoError as error:
        name = type(error).__name__
        raise StorageError(f"The database did not answer as asked ({name}); try again.", retry_after=1) from error


async def insert_missing(collection: Collection, documents: Sequence[Document]) -> set[str]:
    """Insert documents and return the ids of those that were there already.

    Raises:
        StorageError: A document was refused for another reason.
    """
    taken: set[str] = set()
    for start in range(0, len(documents), _AT_ONCE):
        taken |= await _insert_missing(collection, documents[start : start + _AT_ONCE])
    return taken


async def _insert_missing(collection: Collection, documents: Sequence[Document]) -> set[str]:
    try:
        await collection.insert_many(documents, ordered=False)
    except BulkWriteError as error:
        failures = (error.details or {}).get("writeErrors", [])
        if not failures or any(failure.get("code") != _DUPLICATE_KEY for failure in failures):
            raise StorageError("The database refused rows; trying again.", retry_after=1) from error
        return {str(documents[failure["index"]]["_id"]) for failure in failures}
    return set()


def wide(amounts: Mapping[str, int]) -> dict[str, Int64]:
    """Store whole numbers in 64 bits, whatever their size, so that adding never changes their type."""
    return {name: Int64(amount) for name, amount in amounts.items()}
