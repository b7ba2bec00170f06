"""The databases behind the ports: SQLite on one machine, MongoDB in a cluster."""

from vutler_router.settings import Settings
from vutler_router.storage.opened import Storage
from vutler_router.storage.sqlite import open_sqlite

__all__ = ["Storage", "open_storage"]


async def open_storage(settings: Settings) -> Storage:
    """Open the database that the settings name and bring its schema up to date.

    Raises:
        StorageError: It cannot be reached, opened or migrated.
    """
    if settings.uses_mongo and settings.database_url is not None:
        # Its client costs 7 MB and 0.2 s at start, which a router on SQLite need not pay.
        from vutler_router.storage.mongo import open_mongo  # noqa: PLC0415

        return await open_mongo(settings.database_url.get_secret_value(), seconds=settings.database_timeout)
    return await open_sqlite(settings.sqlite_path, seconds=settings.database_timeout)
