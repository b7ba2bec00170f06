from binascii import crc32
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from vutler_router.domain.money import Nanos
from vutler_router.domain.plans import PlanTerms
from vutler_router.domain.usage import TokenCounts
from vutler_router.metering.ledger import Entry, RequestType, UsageSource
from vutler_router.storage.journal.frames import (
    Acknowledged,
    Closed,
    Frame,
    Opened,
    is_row,
    read_frame,
    read_row,
    row_frame,
    write_frame,
)

COUNTS = st.integers(0, 2**60)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=40)
TERMS = st.builds(PlanTerms, COUNTS, COUNTS.map(Nanos))
ENTRIES = st.builds(
    Entry,
    request_id=TEXTS,
    agent_id=TEXTS,
    workspace_id=TEXTS,
    provider=TEXTS,
    model=TEXTS,
    tokens=st.builds(TokenCounts, COUNTS, COUNTS, COUNTS, COUNTS, COUNTS),
    timestamp=st.datetimes(timezones=st.just(UTC)),
    tier=TEXTS,
    cost_input=COUNTS,
    cost_output=COUNTS,
    priced=st.booleans(),
    latency_ms=COUNTS,
    request_type=st.sampled_from(RequestType),
    category=TEXTS,
    usage_source=st.sampled_from(UsageSource),
    status=TEXTS,
    terms=st.none() | TERMS,
    price_snapshot=TEXTS,
    overage_tokens=COUNTS,
    variant=TEXTS,
    cost_estimated=COUNTS,
    cost_strongest=COUNTS,
    classification_cost=COUNTS,
    classification_ms=COUNTS,
    decision=TEXTS,
)
FRAMES = st.builds(Opened, COUNTS, COUNTS) | st.builds(Closed, COUNTS, COUNTS) | st.builds(Acknowledged, COUNTS)


@given(ENTRIES)
def test_a_row_comes_back_as_it_was(entry: Entry) -> None:
    line = row_frame(entry)

    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert is_row(line)
    assert read_row(line) == entry
    assert read_frame(line) is None


def test_a_row_that_an_older_router_wrote_says_nothing_of_what_came_later() -> None:
    said = (
        b'r{"request_id":"r","agent_id":"team-a.ava","workspace_id":"team-a","provider":"openai","model":"gpt-4o",'
        b'"tokens":{"input":100,"output":20},"timestamp":"2026-11-18T12:00:00+00:00","latency_ms":5}'
    )

    assert read_row(b"%08x%b\n" % (crc32(said), said)) == Entry(
        request_id="r",
        agent_id="team-a.ava",
        workspace_id="team-a",
        provider="openai",
        model="gpt-4o",
        tokens=TokenCounts(100, 20),
        timestamp=datetime(2026, 11, 18, 12, tzinfo=UTC),
        latency_ms=5,
    )


@given(FRAMES)
def test_a_mark_comes_back_as_it_was(frame: Frame) -> None:
    line = write_frame(frame)

    assert read_frame(line) == frame
    assert not is_row(line)
    assert read_row(line) is None


@given(ENTRIES, st.data())
def test_a_damaged_line_is_no_line(entry: Entry, data: st.DataObject) -> None:
    line = row_frame(entry)
    place = data.draw(st.integers(0, len(line) - 2))
    other = data.draw(st.integers(0, 255).filter(lambda byte: byte not in {line[place], ord("\n")}))
    damaged = line[:place] + bytes([other]) + line[place + 1 :]

    assert not is_row(damaged)
    assert read_row(damaged) is None
    assert read_row(line[:place]) is None
