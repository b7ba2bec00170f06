"""The drive's files in MongoDB."""

import contextlib
from collections.abc import AsyncIterator, Collection, Sequence
from datetime import timedelta
from typing import Final

from bson import Int64
from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError, PyMongoError

from vutler_router.domain.drive import DriveFile, DriveQuota
from vutler_router.domain.drive_store import child_of, file_exists, folder_bounds, used_by_others
from vutler_router.errors import StorageError, WriteConflict
from vutler_router.storage.drive_records import file_from_values, file_values
from vutler_router.storage.mongo.connection import Collection as Documents
from vutler_router.storage.mongo.connection import Database, Document, storage_errors
from vutler_router.storage.mongo.numbers import number_in

__all__ = ["MongoDriveIndex"]

_CLAIM_LASTS: Final = timedelta(minutes=5)
"""Longer than a file takes from its claim to its row; afterwards its writer must have died."""

_TRIES: Final = 5


class MongoDriveIndex:
    """See `DriveIndex`.

    A file's document has its place as `_id`, so that a place has one file and replacing it is one write. Quotas hold
    without transactions: who adds a file first claims its bytes, and then sums up claims and files. Of several at once
    the last to claim sees all others, as a claim or, read afterwards, as a file. Two of which one would fit may so
    both be refused; together they never pass the quota.
    """

    def __init__(self, database: Database) -> None:
        self._versions = database.versions
        self._files = database.drive_files
        self._claims = database.drive_claims

    async def drive_id(self) -> str:
        """See `DriveIndex.drive_id`."""
        with storage_errors():
            found = await self._versions.find_one({"_id": "drive"})
        if found is None:
            raise StorageError("The database has no drive; start the router again.")
        return str(found["value"])

    async def get(self, file_id: str) -> DriveFile | None:
        """See `DriveIndex.get`."""
        with storage_errors():
            return _file(await self._files.find_one({"id": file_id}))

    async def find(self, workspace_id: str, folder: str, name: str) -> DriveFile | None:
        """See `DriveIndex.find`."""
        with storage_errors():
            return _file(await self._files.find_one({"_id": _place(workspace_id, folder, name)}))

    async def add(self, file: DriveFile, *, overwrite: bool, quota: DriveQuota) -> DriveFile | None:
        """See `DriveIndex.add`."""
        with storage_errors():
            async with self._claimed(file) if quota else contextlib.nullcontext():
                if quota:
                    await self._check(file, quota, overwrite=overwrite)
                if overwrite:
                    return await self._replace(file)
                try:
                    await self._files.insert_one(_document(file))
                except DuplicateKeyError:
                    raise file_exists(file.path) from None
                return None

    async def remove(self, file_id: str) -> DriveFile | None:
        """See `DriveIndex.remove`."""
        with storage_errors():
            return _file(await self._files.find_one_and_delete({"id": file_id}))

    async def files(self, workspace_id: str, folder: str, *, after: str, limit: int) -> Sequence[DriveFile]:
        """See `DriveIndex.files`."""
        wanted: Document = {"workspace_id": workspace_id, "folder": folder, "name": {"$gt": after}}
        with storage_errors():
            found = await self._files.find(wanted).sort("name", 1).limit(limit).to_list()
        return [file_from_values(document) for document in found]

    async def folders(self, workspace_id: str, folder: str, *, after: str, limit: int) -> Sequence[str]:
        """See `DriveIndex.folders`. From child to child, so that a folder with many files costs no more than one."""
        names: list[str] = []
        above, below = folder_bounds(folder, after)
        while len(names) < limit:
            wanted: Document = {"workspace_id": workspace_id, "folder": {"$gt": above, "$lt": below}}
            with storage_errors():
                found = await self._files.find_one(wanted, {"folder": 1}, sort=[("folder", 1)])
            if found is None:
                break
            names.append(child_of(folder, str(found["folder"])))
            above, _ = folder_bounds(folder, names[-1])
        return names

    async def used(self, workspace_id: str, agent_id: str | None = None) -> int:
        """See `DriveIndex.used`."""
        with storage_errors():
            return await _sum(self._files, {"workspace_id": workspace_id}, agent_id)

    async def known(self, file_ids: Collection[str]) -> frozenset[str]:
        """See `DriveIndex.known`."""
        with storage_errors():
            found = await self._files.find({"id": {"$in": list(file_ids)}}, {"id": 1}).to_list()
        return frozenset(str(document["id"]) for document in found)

    async def _replace(self, file: DriveFile) -> DriveFile | None:
        """Write a file into its place, and return what was there."""
        for _ in range(_TRIES):
            with contextlib.suppress(DuplicateKeyError):  # two that both found the place free: the other was first
                return _file(
                    await self._files.find_one_and_replace(
                        {"_id": _id(file)}, _document(file), upsert=True, return_document=ReturnDocument.BEFORE
                    )
                )
        raise WriteConflict(f"{file.path} is written by several at the same time; try again.", retry_after=1)

    @contextlib.asynccontextmanager
    async def _claimed(self, file: DriveFile) -> AsyncIterator[None]:
        """Hold a file's bytes for the life of the block; what a killed router held ends by itself."""
        claim: Document = {
            "_id": file.id,
            "workspace_id": file.workspace_id,
            "agent_id": file.agent_id or "",
            "size": Int64(file.size),
            "until": file.created_at + _CLAIM_LASTS,
        }
        await self._claims.insert_one(claim)
        try:
            yield
        finally:
            with contextlib.suppress(PyMongoError):
                await self._claims.delete_one({"_id": file.id})
                await self._claims.delete_many({"until": {"$lt": file.created_at - _CLAIM_LASTS}})

    async def _check(self, file: DriveFile, quota: DriveQuota, *, overwrite: bool) -> None:
        """Refuse a file that does not fit. What it replaces is read last, so that nothing freed is taken twice."""
        own, everybody = await self._expected(file, file.agent_id), await self._expected(file, None)
        replaced = _file(await self._files.find_one({"_id": _id(file)}))
        if replaced is not None and not overwrite:
            raise file_exists(file.path)
        quota.of(file.agent_id).check(
            file.size,
            agent_used=used_by_others(own, replaced, file.agent_id),
            workspace_used=used_by_others(everybody, replaced, None),
        )

    async def _expected(self, file: DriveFile, agent_id: str | None) -> int:
        """Return what others claim and what is kept, in this order: what moves from one to the other is not missed."""
        others: Document = {
            "workspace_id": file.workspace_id,
            "_id": {"$ne": file.id},
            "until": {"$gt": file.created_at},
        }
        claimed = await _sum(self._claims, others, agent_id)
        return claimed + await _sum(self._files, {"workspace_id": file.workspace_id}, agent_id)


async def _sum(documents: Documents, wanted: Document, agent_id: str | None) -> int:
    matched = wanted if agent_id is None else {**wanted, "agent_id": agent_id}
    steps: list[Document] = [{"$match": matched}, {"$group": {"_id": None, "size": {"$sum": "$size"}}}]
    found = await (await documents.aggregate(steps)).to_list()
    return number_in(found[0], "size") if found else 0


def _place(workspace_id: str, folder: str, name: str) -> str:
    return f"{workspace_id}:{folder}{name}"


def _id(file: DriveFile) -> str:
    return _place(file.workspace_id, file.folder, file.name)


def _document(file: DriveFile) -> Document:
    values: Document = {**file_values(file)}
    return {"_id": _id(file), **values, "size": Int64(file.size)}


def _file(document: Document | None) -> DriveFile | None:
    return file_from_values(document) if document is not None else None
