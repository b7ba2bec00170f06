import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from tests.router.drive.conftest import UPLOAD, Caller, contents_in
from tests.support.drive_trial import DriveTrial, run_drive_trial
from tests.support.mongo import free_port
from tests.support.router_program import RouterProgram, router_program
from tests.support.running_router import ADMIN_TOKEN

pytestmark = pytest.mark.process

MEGABYTE = 1024 * 1024
LARGEST = 50 * MEGABYTE
SECONDS = 60.0
HEAD = b'--b\r\nContent-Disposition: form-data; name="file"; filename="f.bin"\r\n\r\n'
TAIL = b"\r\n--b--\r\n"
FORM = {"content-type": "multipart/form-data; boundary=b"}


@contextlib.asynccontextmanager
async def router(folder: Path) -> AsyncIterator[tuple[RouterProgram, Caller]]:
    async with (
        router_program(folder, free_port()) as program,
        httpx.AsyncClient(base_url=program.url, timeout=SECONDS) as http,
    ):
        yield program, Caller(http, {"authorization": f"Bearer {ADMIN_TOKEN}"}, {"workspace_id": "team-a"})


def memory(program: RouterProgram, name: str) -> int:
    lines = Path(f"/proc/{program.process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))


async def megabytes(count: int) -> AsyncIterator[bytes]:
    yield HEAD
    for _ in range(count):
        yield b"x" * MEGABYTE
    yield TAIL


async def test_the_largest_file_goes_through_without_being_whole_in_memory(tmp_path: Path) -> None:
    async with router(tmp_path) as (program, admin):
        await admin.kept("warm", b"x" * 100)
        before = memory(program, "VmRSS")

        headers = {**admin.headers, **FORM}
        answer = await admin.http.post(UPLOAD, headers=headers, params=admin.asked, content=megabytes(50))
        size = len(await admin.content(answer.json()["id"]))
        most = memory(program, "VmHWM")

    assert (answer.status_code, size) == (201, LARGEST)
    assert most < 200 * MEGABYTE
    assert most - before < 25 * MEGABYTE


async def test_a_byte_more_is_refused_and_nothing_is_stored(tmp_path: Path) -> None:
    async def one_too_many() -> AsyncIterator[bytes]:
        async for piece in megabytes(50):
            yield b"x" + piece if piece == TAIL else piece

    async with router(tmp_path) as (_, admin):
        headers = {**admin.headers, **FORM}
        answer = await admin.http.post(UPLOAD, headers=headers, params=admin.asked, content=one_too_many())

        assert (answer.status_code, answer.json()["error"]["code"]) == (413, "file_too_large")
        assert await admin.listed("/") == ([], [])
    assert contents_in(tmp_path / "data") == []


async def test_a_router_killed_in_mid_upload_shows_nothing_and_what_it_left_is_swept(tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with router(tmp_path) as (program, admin):
        kept = await admin.kept("kept.txt", b"kept")

        async def killed() -> AsyncIterator[bytes]:
            yield HEAD + b"x" * 3 * MEGABYTE
            async with asyncio.timeout(SECONDS):
                while len(contents_in(data)) < 2:  # noqa: ASYNC110 - a folder tells nobody when it changes
                    await asyncio.sleep(0.02)
            program.process.kill()
            yield b"x" * MEGABYTE

        with pytest.raises(httpx.TransportError):
            await admin.http.post(UPLOAD, headers={**admin.headers, **FORM}, params=admin.asked, content=killed())
    left = len(contents_in(data))
    long_ago = (datetime.now(UTC) - timedelta(hours=2)).timestamp()
    for path in contents_in(data):
        os.utime(path, (long_ago, long_ago))

    async with router(tmp_path) as (_, admin):
        listed = await admin.listed("/shared")
        async with asyncio.timeout(SECONDS):
            while len(contents_in(data)) > 1:  # noqa: ASYNC110 - the same
                await asyncio.sleep(0.02)
        content = await admin.content(kept["id"])

    assert left == 2
    assert listed == ([], ["/shared/kept.txt"])
    assert content == b"kept"


async def test_every_acknowledged_file_is_there_and_none_is_half(tmp_path: Path) -> None:
    trial = DriveTrial(files=60, size=300_000, concurrency=12, kills=2)

    verdict = await run_drive_trial(tmp_path, trial)

    assert verdict.differences == []
    assert verdict.listed == trial.files
    assert len(verdict.acknowledged) + verdict.cut >= trial.files
    assert verdict.cut > 0
