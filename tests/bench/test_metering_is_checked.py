import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bench.router.metering import Booked, read_booked, wait_until_booked
from bench.router.workload import TOKENS


def test_rows_and_day_totals_are_read_from_the_file(tmp_path: Path) -> None:
    database = tmp_path / "vutler.db"
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("CREATE TABLE token_usage (tokens_total INTEGER)")
        connection.execute("CREATE TABLE usage_daily (requests INTEGER, tokens_input INTEGER, tokens_output INTEGER)")
        connection.executemany("INSERT INTO token_usage VALUES (?)", [(44,), (45,)])
        connection.executemany("INSERT INTO usage_daily VALUES (?, ?, ?)", [(1, 20, 24), (1, 21, 24)])
        connection.commit()

    assert read_booked(database) == Booked(rows=2, row_tokens=89, day_requests=2, day_tokens=89)


@pytest.mark.parametrize(
    "booked",
    [
        Booked(9, 9 * TOKENS, 10, 10 * TOKENS),
        Booked(11, 11 * TOKENS, 10, 10 * TOKENS),
        Booked(10, 10 * TOKENS + 1, 10, 10 * TOKENS),
        Booked(10, 10 * TOKENS, 11, 10 * TOKENS),
        Booked(10, 10 * TOKENS, 10, 10 * TOKENS - 1),
    ],
    ids=["a row lost", "a row twice", "a token too many", "a total twice", "a total's token lost"],
)
def test_what_is_not_exactly_once_does_not_match(booked: Booked) -> None:
    assert not booked.matches(10)


def test_rows_may_come_a_moment_later() -> None:
    states = iter([Booked(0, 0, 0, 0), Booked(2, 2 * TOKENS, 2, 2 * TOKENS)])

    assert wait_until_booked(lambda: next(states), 2).rows == 2


def test_waiting_ends_when_rows_do_not_come() -> None:
    missing = Booked(1, TOKENS, 1, TOKENS)

    assert wait_until_booked(lambda: missing, 2, seconds=0.2) == missing
