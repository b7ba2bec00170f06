import asyncio
import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from tests.support.running_router import running_router
from tests.support.scripted_upstream import ScriptedUpstream, answer

_ROOM = 100
_BACK_SECONDS = 10.0


@contextlib.contextmanager
def held(database: Path) -> Iterator[None]:
    """Keep everybody else from writing."""
    with contextlib.closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        yield
        connection.execute("ROLLBACK")


async def test_no_request_is_begun_whose_row_could_not_be_kept(tmp_path: Path) -> None:
    async with (
        ScriptedUpstream.running(*[answer()] * (_ROOM + 1)) as upstream,
        running_router(tmp_path, upstream, ledger_queue=_ROOM, database_timeout=0.2) as router,
    ):
        token = await router.agent()
        with held(router.database):
            answers = await asyncio.gather(*(router.chat(token) for _ in range(_ROOM)))
            refused = await router.chat(token)
        assert {one.status_code for one in answers} == {200}
        assert len(upstream.received) == _ROOM
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, "ledger_full")
        assert int(refused.headers["retry-after"]) >= 1

        async with asyncio.timeout(_BACK_SECONDS):
            while (again := await router.chat(token)).status_code != 200:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.1)
        assert again.json()["choices"]
        assert len(await router.rows(_ROOM + 1)) == _ROOM + 1
