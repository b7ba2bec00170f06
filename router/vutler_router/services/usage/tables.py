"""Usage and statements as CSV, for spreadsheets and accounting."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from vutler_router.domain.llm_json import JsonObject
from vutler_router.services.usage.periods import Period
from vutler_router.services.usage.statements import lines_of
from vutler_router.services.usage.views import SUM_COLUMNS

__all__ = ["CsvFile", "agent_csv", "csv_text", "statement_csv", "summary_csv"]

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\0")
"""What makes a spreadsheet take a text for something to run
(https://owasp.org/www-community/attacks/CSV_Injection)."""

_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST_NAME: Final = 120

_AGENT_COLUMNS: Final = ("agent_id", "date", "provider", "model", *SUM_COLUMNS, "overage_tokens", "priced")
_SUMMARY_COLUMNS: Final = (
    *("agent_id", "workspace_id", "display_name", "tier"),
    *SUM_COLUMNS,
    *("included_tokens", "percent", "overage_tokens"),
    *(f"fair_use.{name}" for name in ("state", "percent", "reason", "action")),
    *(f"forecast.{name}" for name in ("tokens_total", "cost_total", "overage_tokens", "price_total", "date_exceeded")),
)
_STATEMENT_COLUMNS: Final = (
    *("month", "currency", "closed", "workspace_id", "agent_id", "tier"),
    *("price", "tokens", "included_tokens", "overage_tokens", "overage_price", "total"),
)


@dataclass(frozen=True, slots=True)
class CsvFile:
    """A file to be saved.

    Attributes:
        name: Safe in a header and on every disk.
        text: RFC 4180: a header, then a line for each record, ended by CR LF.
    """

    name: str
    text: str


def agent_csv(agent_id: str, span: Period, lines: Iterable[JsonObject]) -> CsvFile:
    """Write what an agent used, a line for each day and model."""
    return CsvFile(_name("usage", agent_id, _days(span)), csv_text(_AGENT_COLUMNS, lines))


def summary_csv(summary: JsonObject) -> CsvFile:
    """Write the agents of a summary, a line for each."""
    agents = summary["agents"]
    lines = [line for line in agents if isinstance(line, dict)] if isinstance(agents, list) else []
    first = str(summary["from"])[:10]
    return CsvFile(
        _name("usage", summary["workspace_id"] or "all", summary["period"], first), csv_text(_SUMMARY_COLUMNS, lines)
    )


def statement_csv(statement: JsonObject) -> CsvFile:
    """Write the lines of a statement."""
    lines = [{**statement, **line} for line in lines_of(statement)]
    name = _name("statement", statement["workspace_id"] or "all", statement["month"])
    return CsvFile(name, csv_text(_STATEMENT_COLUMNS, lines))


def csv_text(columns: Sequence[str], lines: Iterable[JsonObject]) -> str:
    """Write lines under a header of these names; `a.b` is the field `b` of the object `a`."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(columns)
    writer.writerows([_cell(_value(line, column)) for column in columns] for line in lines)
    return written.getvalue()


def _value(line: JsonObject, path: str) -> object:
    """Return what a path leads to; None when there is nothing."""
    name, _, rest = path.partition(".")
    value = line.get(name)
    return _value(value, rest) if rest and isinstance(value, dict) else value


def _cell(value: object) -> str:
    """Write a value as a spreadsheet reads it; a text that could be run is made a text by an apostrophe."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return _plain(value)
        case _:
            text = str(value)
            return f"'{text}" if text.startswith(_FORMULA) else text


def _plain(number: float) -> str:
    """Write a number without an exponent: 0.000054."""
    text = format(Decimal(str(number)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _days(span: Period) -> str:
    return f"{span.first}" if span.first == span.last else f"{span.first}_{span.last}"


def _name(*parts: object) -> str:
    """Name a file after what is in it, without what a header or a disk might take amiss."""
    return _UNSAFE.sub("_", "-".join(map(str, parts)))[:_LONGEST_NAME] + ".csv"
