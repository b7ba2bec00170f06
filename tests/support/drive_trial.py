"""Uploads from many callers at once while the router is killed and started again; then everything is compared."""

import asyncio
import contextlib
import hashlib
import random
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.support.mongo import free_port
from tests.support.router_program import RouterProgram, router_program
from tests.support.running_router import ADMIN_TOKEN

__all__ = ["DriveTrial", "DriveVerdict", "run_drive_trial"]

_ADMIN = {"authorization": f"Bearer {ADMIN_TOKEN}"}
_AGENT = "team-a.ava"
_REQUEST_SECONDS = 120.0
_TRIES = 60
_TRY_AGAIN_SECONDS = 0.5


@dataclass(frozen=True)
class DriveTrial:
    """How much of what.

    Attributes:
        files: Files that are to be uploaded.
        size: Bytes of each.
        concurrency: Uploads at once.
        kills: How often the router is killed meanwhile, at even distances.
        seed: Chooses what the files hold.
    """

    files: int = 1_000
    size: int = 1_048_576
    concurrency: int = 32
    kills: int = 1
    seed: int = 1

    def content(self, number: int) -> bytes:
        """Return what a file holds."""
        return random.Random(f"{self.seed}/{number}").randbytes(self.size)  # noqa: S311 - content, no secret


@dataclass
class DriveVerdict:
    """What was found afterwards.

    Attributes:
        acknowledged: Paths whose upload was answered with 201, with the checksum of what was sent.
        cut: Attempts without an answer: cut off by a kill, or made while no router was there.
        listed: Files that the drive lists.
        differences: What is wrong, in words.
        memory: The most memory a router had, in bytes.
        leftovers: Contents of no file, which are swept later.
    """

    acknowledged: dict[str, str] = field(default_factory=dict)
    cut: int = 0
    listed: int = 0
    differences: list[str] = field(default_factory=list)
    memory: int = 0
    leftovers: int = 0


class _Routers:
    """The router that runs now; started again after each kill, on the same port and folder."""

    def __init__(self, folder: Path, environment: dict[str, str], verdict: DriveVerdict) -> None:
        self._folder = folder
        self._environment = environment
        self._port = free_port()
        self._verdict = verdict
        self._stack = contextlib.AsyncExitStack()
        self._program: RouterProgram | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    async def start(self) -> None:
        started = router_program(self._folder, self._port, **self._environment)
        self._program = await self._stack.enter_async_context(started)

    async def kill(self) -> None:
        self.measure()
        if self._program is not None:
            self._program.process.kill()
        await self._stack.aclose()
        self._stack = contextlib.AsyncExitStack()

    def measure(self) -> None:
        """Note the most memory that this router had."""
        if self._program is not None:
            for line in Path(f"/proc/{self._program.process.pid}/status").read_text().splitlines():
                if line.startswith("VmHWM:"):
                    self._verdict.memory = max(self._verdict.memory, int(line.split()[1]) * 1024)


async def run_drive_trial(
    folder: Path, trial: DriveTrial, say: Callable[[str], None] = lambda _: None, **environment: str
) -> DriveVerdict:
    """Upload, kill, start again, and compare; each file is sent until somebody acknowledges it, or its place is taken.

    Args:
        folder: For the router's data and log.
        trial: How much of what.
        say: Told how it goes.
        environment: Further settings of the router.
    """
    verdict = DriveVerdict()
    routers = _Routers(folder, environment, verdict)
    await routers.start()
    try:
        async with httpx.AsyncClient(timeout=_REQUEST_SECONDS) as http:
            created = await http.post(f"{routers.url}/api/v1/agents", json={"id": _AGENT}, headers=_ADMIN)
            headers = {"authorization": f"Bearer {created.json()['token']}"}
            waiting = iter(range(trial.files))
            callers = [
                _upload_from(http, routers.url, headers, trial, waiting, verdict) for _ in range(trial.concurrency)
            ]
            uploading = asyncio.gather(*callers)
            for kill in range(trial.kills):
                await _reached(verdict, trial.files * (kill + 1) // (trial.kills + 1), uploading)
                await routers.kill()
                say(f"killed the router after {len(verdict.acknowledged)} files")
                await routers.start()
            await uploading
            routers.measure()
            say(f"{len(verdict.acknowledged)} files are acknowledged, {verdict.cut} attempts got no answer")
            await _compare(http, routers.url, headers, trial, verdict)
    finally:
        await routers.kill()
    verdict.leftovers = _contents(folder) - verdict.listed
    return verdict


async def _reached(verdict: DriveVerdict, count: int, uploading: "asyncio.Future[list[None]]") -> None:
    while len(verdict.acknowledged) < count and not uploading.done():  # noqa: ASYNC110 - nobody tells of a number
        await asyncio.sleep(0.005)


async def _upload_from(
    http: httpx.AsyncClient,
    url: str,
    headers: dict[str, str],
    trial: DriveTrial,
    waiting: Iterator[int],
    verdict: DriveVerdict,
) -> None:
    for number in waiting:
        path, content = f"/shared/{number % 10}/{number}.bin", trial.content(number)
        for _ in range(_TRIES):
            try:
                answer = await http.post(
                    f"{url}/api/v1/drive/upload", headers=headers, data={"path": path}, files={"file": ("f", content)}
                )
            except httpx.TransportError:
                verdict.cut += 1
                await asyncio.sleep(_TRY_AGAIN_SECONDS)
                continue
            if answer.status_code == httpx.codes.CREATED:
                verdict.acknowledged[path] = hashlib.sha256(content).hexdigest()
            elif answer.status_code != httpx.codes.CONFLICT:  # kept before the kill, though nobody was told
                verdict.differences.append(f"{path}: {answer.status_code} {answer.text[:200]}")
            break
        else:
            verdict.differences.append(f"{path}: nobody answered")


async def _compare(
    http: httpx.AsyncClient, url: str, headers: dict[str, str], trial: DriveTrial, verdict: DriveVerdict
) -> None:
    """Download what is listed and compare it with what was sent."""
    found = [file async for file in _listed(http, url, headers)]
    verdict.listed = len(found)
    sent = {f"/shared/{number % 10}/{number}.bin": number for number in range(trial.files)}
    missing = verdict.acknowledged.keys() - {path for path, _, _ in found}
    verdict.differences += [f"{path}: acknowledged and not there" for path in sorted(missing)]
    for path, file_id, sha256 in found:
        content = (await http.get(f"{url}/api/v1/drive/download/{file_id}", headers=headers)).content
        if hashlib.sha256(content).hexdigest() != sha256 or content != trial.content(sent[path]):
            verdict.differences.append(f"{path}: holds something else than was sent")


async def _listed(http: httpx.AsyncClient, url: str, headers: dict[str, str]) -> AsyncIterator[tuple[str, str, str]]:
    for folder in range(10):
        params = {"path": f"/shared/{folder}", "limit": "500"}
        while True:
            page = (await http.get(f"{url}/api/v1/drive/files", headers=headers, params=params)).json()
            for file in page["files"]:
                yield file["path"], file["id"], file["sha256"]
            if page["next_cursor"] is None:
                break
            params["cursor"] = page["next_cursor"]


def _contents(folder: Path) -> int:
    return sum(1 for path in (folder / "data" / "drive").rglob("*") if path.is_file())
