import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.router.services.usage.conftest import AVA, BOB, ZOE, Books, planned
from tests.support.router_values import NOON, make_agent, make_entry
from vutler_router.domain.usage import TokenCounts
from vutler_router.services.usage.periods import AskedPeriod
from vutler_router.services.usage.tables import CsvFile, agent_csv, csv_text, statement_csv, summary_csv

WEEK = AskedPeriod("week")


def read(file: CsvFile) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(file.text, newline="")))


async def test_an_agents_use_has_a_line_for_each_day_and_model(books: Books) -> None:
    await books.write(
        make_entry("1", timestamp=NOON - timedelta(days=2)),
        make_entry("2", model="meta/llama-4", provider="openrouter", priced=False),
        planned("3", 2_100_000),
        make_entry("4", agent_id=BOB),
    )

    span, days = await books.usage.days_of_agent(AVA, WEEK)
    file = agent_csv(AVA, span, days)

    assert file.name == "usage-team-a.ava-2026-11-16_2026-11-22.csv"
    assert [
        (line["date"], line["provider"], line["model"], line["requests"], line["priced"]) for line in read(file)
    ] == [
        ("2026-11-16", "openai", "gpt-4o-mini", "1", "true"),
        ("2026-11-18", "openai", "gpt-4o-mini", "1", "true"),
        ("2026-11-18", "openrouter", "meta/llama-4", "1", "false"),
    ]
    planned_line = read(file)[1]
    assert (planned_line["tokens_total"], planned_line["overage_tokens"], planned_line["price_total"]) == (
        "2100000",
        "100000",
        "0.2",
    )
    assert (planned_line["cost_total"], planned_line["cost_input"]) == ("0.000027", "0.000015")


async def test_a_summary_has_a_line_for_each_agent(books: Books) -> None:
    books.directory.put(make_agent(BOB, display_name='=HYPERLINK("https://evil.example";"Bob")'))
    await books.write(planned("1", 1_700_000), make_entry("2", agent_id="team-b.gone", workspace_id="team-b"))

    file = summary_csv(await books.usage.summary(WEEK))

    lines = {line["agent_id"]: line for line in read(file)}
    assert file.name == "usage-all-week-2026-11-16.csv"
    assert list(lines) == [AVA, BOB, "team-b.gone", ZOE]
    assert (lines[AVA]["percent"], lines[AVA]["fair_use.state"], lines[AVA]["tier"]) == ("85", "Nearly", "economy")
    assert lines[AVA]["forecast.date_exceeded"] == "2026-11-21"
    assert lines[BOB]["display_name"] == '\'=HYPERLINK("https://evil.example";"Bob")'
    assert (lines["team-b.gone"]["display_name"], lines["team-b.gone"]["forecast.date_exceeded"]) == ("", "")


async def test_a_statement_has_a_line_for_each_agent_and_plan(books: Books) -> None:
    await books.write(planned("1", 2_250_000))

    file = statement_csv(await books.statements.of_month(None, workspace_id="team-a"))

    assert file.name == "statement-team-a-2026-11.csv"
    assert read(file) == [
        {
            "month": "2026-11",
            "currency": "USD",
            "closed": "false",
            "workspace_id": "team-a",
            "agent_id": AVA,
            "tier": "economy",
            "price": "5",
            "tokens": "2250000",
            "included_tokens": "2000000",
            "overage_tokens": "250000",
            "overage_price": "0.5",
            "total": "5.5",
        }
    ]


async def test_without_use_there_is_only_the_header(books: Books) -> None:
    file = agent_csv(BOB, *await books.usage.days_of_agent(BOB, AskedPeriod("day")))

    assert file.name == "usage-team-a.bob-2026-11-18.csv"
    assert file.text.startswith("agent_id,date,provider,model,requests,tokens_input,")
    assert file.text.count("\r\n") == 1


async def test_every_name_in_a_header_leads_to_something(books: Books) -> None:
    await books.write(planned("1", 2_250_000, at=NOON), make_entry("2", tokens=TokenCounts(5, 5)))

    agent, whole, bill = (
        read(agent_csv(AVA, *await books.usage.days_of_agent(AVA, WEEK)))[0],
        read(summary_csv(await books.usage.summary(WEEK)))[0],
        read(statement_csv(await books.statements.of_month(None)))[0],
    )

    empty = {name for line in (agent, whole, bill) for name, cell in line.items() if not cell}
    assert empty == {"forecast.date_exceeded"}


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r", "\0"])
def test_what_a_spreadsheet_would_run_is_made_a_text(begin: str) -> None:
    text = csv_text(["a"], [{"a": f"{begin}1+1"}])

    assert next(csv.reader(io.StringIO(text.partition("\r\n")[2], newline="")))[0] == f"'{begin}1+1"


def test_numbers_are_written_as_they_are() -> None:
    amounts = (5.0, 0.000000001, 12345678.9, 0, 10**15, 100.0, True, None, 54e-6)
    columns = [str(place) for place in range(len(amounts))]

    text = csv_text(columns, [dict(zip(columns, amounts, strict=True))])

    assert text.splitlines()[1] == "5,0.000000001,12345678.9,0,1000000000000000,100,true,,0.000054"


def test_a_files_name_holds_nothing_that_a_header_would_obey() -> None:
    nasty: dict[str, Any] = {"workspace_id": 'a"\r\nset-cookie: x=../é' + "z" * 300, "month": "2026-11", "lines": []}

    name = statement_csv(nasty).name

    assert name.startswith("statement-a_set-cookie_x_.._z")
    assert (len(name) <= 130, name.isascii(), name.isprintable()) == (True, True, True)


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0")), min_size=1, max_size=4))
def test_any_text_is_read_back(texts: list[str]) -> None:
    columns = [f"c{place}" for place in range(len(texts))]
    written = csv_text(columns, [dict(zip(columns, texts, strict=True))])

    rows = list(csv.reader(io.StringIO(written, newline="")))

    assert rows[0] == columns
    assert [cell.removeprefix("'") for cell in rows[1]] == [text.removeprefix("'") for text in texts]
