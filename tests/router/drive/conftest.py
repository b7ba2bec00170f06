from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.running_router import RunningRouter, running_router
from tests.support.scripted_upstream import ScriptedUpstream

AVA, BOB, ZOE = "team-a.ava", "team-a.bob", "team-b.zoe"
UPLOAD = "/api/v1/drive/upload"
FILES = "/api/v1/drive/files"
DOWNLOAD = "/api/v1/drive/download"


@dataclass(frozen=True)
class Caller:
    """Somebody who uses the drive over HTTP."""

    http: httpx.AsyncClient
    headers: dict[str, str]
    asked: dict[str, str]

    async def upload(
        self, path: str | None, content: bytes = b"hello", *, name: str = "plain.txt", **fields: str
    ) -> httpx.Response:
        sent = fields if path is None else {"path": path, **fields}
        return await self.http.post(
            UPLOAD, headers=self.headers, params=self.asked, data=sent, files={"file": (name, content)}
        )

    async def kept(self, path: str, content: bytes = b"hello", **fields: str) -> dict[str, Any]:
        answer = await self.upload(path, content, **fields)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def post(self, body: bytes, content_type: str, **headers: str) -> httpx.Response:
        sent = {**self.headers, "content-type": content_type, **headers}
        return await self.http.post(UPLOAD, headers=sent, params=self.asked, content=body)

    async def get(self, url: str, **params: str | int) -> httpx.Response:
        return await self.http.get(url, headers=self.headers, params={**self.asked, **params})

    async def asking(self, url: str, headers: dict[str, str]) -> httpx.Response:
        return await self.http.get(url, headers={**self.headers, **headers}, params=self.asked)

    async def delete(self, file_id: str) -> httpx.Response:
        return await self.http.delete(f"{FILES}/{file_id}", headers=self.headers, params=self.asked)

    async def listed(self, path: str = "", **params: str | int) -> tuple[list[str], list[str]]:
        answer = await self.get(FILES, path=path, **params)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        return [folder["path"] for folder in page["folders"]], [file["path"] for file in page["files"]]

    async def content(self, file_id: str) -> bytes:
        answer = await self.get(f"{DOWNLOAD}/{file_id}")
        assert answer.status_code == 200, answer.text
        return answer.content


async def as_agent(router: RunningRouter, agent_id: str) -> Caller:
    token = await router.agent(agent_id)
    return Caller(router.http, {"authorization": f"Bearer {token}"}, {})


def as_admin(router: RunningRouter, **asked: str) -> Caller:
    return Caller(router.http, router.admin, asked)


def contents_in(folder: Path) -> list[Path]:
    """Return every content, complete or not, that a router with this data folder has."""
    return [path for path in (folder / "drive").rglob("*") if path.is_file()]


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


@pytest.fixture
async def ava(router: RunningRouter) -> Caller:
    return await as_agent(router, AVA)


@pytest.fixture
async def bob(router: RunningRouter) -> Caller:
    return await as_agent(router, BOB)


@pytest.fixture
async def zoe(router: RunningRouter) -> Caller:
    return await as_agent(router, ZOE)


@pytest.fixture
async def small_router(tmp_path: Path, upstream: ScriptedUpstream) -> AsyncIterator[RunningRouter]:
    """A router whose drive takes little."""
    async with running_router(
        tmp_path, upstream, drive_max_file_size=1_000, drive_agent_quota=2_500, drive_workspace_quota=3_500
    ) as running:
        yield running
