from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.raw_ledger import raw_ledger
from tests.support.router_program import run_to_end
from tests.support.router_values import make_entry
from vutler_router.__main__ import main
from vutler_router.metering.batches import Batch
from vutler_router.settings import Settings
from vutler_router.storage.sqlite import open_sqlite

pytestmark = pytest.mark.process

NOW = datetime.now(UTC)
TODAY = NOW.date()
LATE = "argument --from: must not be after --to, which is"


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def write_use(folder: Path) -> None:
    """Let a router have answered two requests now and one long ago."""
    storage = await open_sqlite(folder / "vutler.db")
    entries = (
        make_entry("r1", timestamp=NOW),
        make_entry("r2", timestamp=NOW),
        make_entry("old", timestamp=NOW - timedelta(days=50)),
    )
    await storage.ledger.append(Batch("w", 1, entries, answered=3))
    await storage.aclose()


async def reconcile(folder: Path, *arguments: str) -> tuple[int, list[str]]:
    code, said = await run_to_end("reconcile", *arguments, ROUTER_DATA_DIR=str(folder))
    return code, said.splitlines()


async def test_differences_are_found_mended_and_gone(tmp_path: Path) -> None:
    await write_use(tmp_path)
    agrees = await reconcile(tmp_path)
    async with raw_ledger(Settings(data_dir=tmp_path)) as raw:
        await raw.change("usage_daily", requests=7)

    found = await reconcile(tmp_path)
    mended = await reconcile(tmp_path, "--repair")
    older = await reconcile(tmp_path, "--from", (TODAY - timedelta(days=60)).isoformat())

    summary = "1 days, 1 day totals, 0 months of agents, 1 writers:"
    assert agrees[0] == 0
    assert agrees[1][0] == f"{TODAY}: 1 day totals compared (1 of 1 days)."
    assert agrees[1][-1] == f"{summary} 0 differences, 0 mended, 0 left"
    assert found[0] == 1
    assert found[1][-2].split() == [
        "day",
        "total",
        f"{TODAY}",
        "team-a.ava",
        "openai/gpt-4o-mini",
        "chat",
        "requests",
        "2",
        "7",
    ]
    assert found[1][-1] == f"{summary} 1 differences, 0 mended, 1 left"
    assert mended[0] == 0
    assert mended[1][-2].endswith("mended")
    assert mended[1][-1] == f"{summary} 1 differences, 1 mended, 0 left"
    assert older[0] == 1
    assert older[1][-1].endswith("1 differences, 0 mended, 1 left")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--from", "tomorrow"], "argument --from: must be a day like 2026-11-18, not 'tomorrow'"),
        (["--to", "2026-02-30"], "argument --to: must be a day like 2026-11-18, not '2026-02-30'"),
        (["--to", "0001-01-01"], "argument --to: must be from 2000-01-01 to 2999-12-31"),
        (
            ["--from", "2026-11-19", "--to", "2026-11-18"],
            "argument --from: must not be after --to, which is 2026-11-18",
        ),
        (["--from", "2999-12-31"], f"{LATE} {TODAY}"),
        (["--mend"], "unrecognized arguments: --mend"),
    ],
)
def test_arguments_that_are_wrong_are_named(
    capsys: pytest.CaptureFixture[str], arguments: list[str], complaint: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["reconcile", *arguments])

    assert ended.value.code == 2
    assert capsys.readouterr().err.splitlines()[-1].endswith(f"error: {complaint}")


async def test_a_wrong_data_folder_is_named_and_not_made(tmp_path: Path) -> None:
    code, said = await reconcile(tmp_path / "nowhere")

    assert code == 1
    assert len(said) == 1
    assert said[0].startswith(f"There is no database at {tmp_path}/nowhere/vutler.db;")
    assert names(tmp_path) == []


async def test_the_command_explains_itself() -> None:
    code, said = await run_to_end("reconcile", "--help")

    assert code == 0
    assert "rows are the truth" in said
    assert "default: 34 before --to" in said
