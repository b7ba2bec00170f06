from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict, CIMultiDictProxy

from vutler_router.providers.retry_after import read_retry_after

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
NAMES = (
    "retry-after",
    "retry-after-ms",
    "x-ratelimit-remaining-requests",
    "x-ratelimit-remaining-tokens",
    "x-ratelimit-reset-requests",
    "x-ratelimit-reset-tokens",
)
VALUES = st.one_of(
    st.text(max_size=120),
    st.from_regex(r"\A-?[0-9]{0,40}\.?[0-9]{0,40}(ms|s|m|h|d)?\Z"),
    st.sampled_from(["nan", "inf", "-inf", "1e400", "-1", "1_000", "0", "٣", "Sat, 99 Foo 99999 99:99:99 +9999"]),
    st.datetimes().map(lambda moment: moment.strftime("%a, %d %b %Y %H:%M:%S GMT")),
)


def retry_info(delay: object) -> dict[str, object]:
    help_link = {"@type": "type.googleapis.com/google.rpc.Help", "links": []}
    return {
        "code": 429,
        "details": [help_link, {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay}],
    }


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "2"}, 2.0),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": " 7 "}, 7.0),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after-ms": "soon", "retry-after": "9"}, 9.0),
        ({"retry-after": "1s"}, 1.0),
        ({"retry-after": "6m0s"}, 360.0),
        ({"retry-after": "2m59.56s"}, 179.56),
        ({"retry-after": "120ms"}, 0.12),
        ({"retry-after": "Sat, 21 Nov 2026 12:00:30 GMT"}, 30.0),
        ({"retry-after": "Saturday, 21-Nov-26 12:00:30 GMT"}, 30.0),
        ({"retry-after": "Sat Nov 21 12:00:30 2026"}, 30.0),
        ({"retry-after": "Sat, 21 Nov 2026 12:00:30 -0000"}, 30.0),
        ({"retry-after": "Sat, 21 Nov 2026 13:00:30 +0100"}, 30.0),
        ({"retry-after": "Sat, 21 Nov 2026 11:00:00 GMT"}, 0.0),
    ],
)
def test_what_the_headers_say_is_read(headers: dict[str, str], seconds: float | None) -> None:
    assert read_retry_after(headers, None, NOW) == pytest.approx(seconds)


@pytest.mark.parametrize("value", ["999999", "9" * 18, "1000h", "Sat, 21 Nov 2099 11:00:00 GMT"])
def test_no_wait_is_longer_than_an_hour(value: str) -> None:
    assert read_retry_after({"retry-after": value}, None, NOW) == 3600.0


@pytest.mark.parametrize(
    "value", ["soon", "", "-1", "nan", "inf", "1e3", "1_000", "٣", "9" * 400, "5 apples", "1s ago", "Sat, 21 Nov"]
)
def test_what_makes_no_sense_is_as_if_nothing_was_said(value: str) -> None:
    assert read_retry_after({"retry-after": value}, None, NOW) is None


@pytest.mark.parametrize(
    ("delay", "seconds"), [("17s", 17.0), ("36.429760048s", 36.429760048), ("9999s", 3600.0), ("-1s", None), (17, None)]
)
def test_what_gemini_says_in_the_body_is_read(delay: object, seconds: float | None) -> None:
    assert read_retry_after({}, retry_info(delay), NOW) == seconds


def test_the_header_counts_before_the_body() -> None:
    assert read_retry_after({"retry-after": "3"}, retry_info("17s"), NOW) == 3.0


@pytest.mark.parametrize(
    ("remaining", "seconds"),
    [(("0", "0"), 179.56), (("0", "5"), 7.5), (("5", "0"), 179.56), (("5", "5"), None), ((None, None), None)],
)
def test_a_limit_that_is_used_up_says_when_it_is_reset(
    remaining: tuple[str | None, str | None], seconds: float | None
) -> None:
    counts = zip(("requests", "tokens"), remaining, strict=True)
    headers = {"x-ratelimit-reset-requests": "7.5", "x-ratelimit-reset-tokens": "2m59.56s"}
    headers |= {f"x-ratelimit-remaining-{kind}": count for kind, count in counts if count is not None}

    assert read_retry_after(headers, None, NOW) == seconds
    assert read_retry_after(headers, None, NOW, limited=False) is None
    assert read_retry_after(headers | {"retry-after": "1"}, None, NOW) == 1.0


def test_the_headers_of_a_real_reply_are_found_in_any_case() -> None:
    headers = CIMultiDictProxy(CIMultiDict({"Retry-After": "4"}))
    assert read_retry_after(headers, None, NOW) == 4.0


@given(st.dictionaries(st.sampled_from(NAMES), VALUES), st.recursive(VALUES, st.lists).map(retry_info))
def test_any_text_is_nothing_or_within_bounds(headers: Mapping[str, str], details: dict[str, object]) -> None:
    seconds = read_retry_after(headers, details, NOW)
    assert seconds is None or 0.0 <= seconds <= 3600.0
