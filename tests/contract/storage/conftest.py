"""Every test of this folder runs over each database."""

import base64
import os
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from tests.support.mongo import running_ferretdb, server_kinds
from vutler_router.settings import Settings
from vutler_router.storage import Storage, open_storage
from vutler_router.storage.mongo.connection import Database

KINDS = ["sqlite", *(pytest.param(kind, marks=pytest.mark.database) for kind in server_kinds())]


@pytest.fixture(scope="session")
def ferretdb() -> Iterator[str]:
    with running_ferretdb() as url:
        yield url


@pytest.fixture(params=KINDS)
async def settings(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Settings]:
    """Settings that name an empty database of this kind."""
    if request.param == "sqlite":
        yield Settings(database_url=SecretStr(f"sqlite:///{tmp_path}/router.db"))
        return
    server = os.environ["MONGODB_TEST_URL"] if request.param == "mongodb" else request.getfixturevalue("ferretdb")
    url = f"{server.rstrip('/')}/test_{uuid.uuid4().hex}"
    master_key = SecretStr(base64.b64encode(os.urandom(32)).decode())
    yield Settings(database_url=SecretStr(url), encryption_keys=(master_key,), database_timeout=30)
    database = Database.connect(url, seconds=10)
    await database.drop()
    await database.aclose()


@pytest.fixture
async def storage(settings: Settings) -> AsyncIterator[Storage]:
    opened = await open_storage(settings)
    yield opened
    await opened.aclose()
