import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vutler_router.errors import UpstreamBusy, UpstreamError, UpstreamRejected, UpstreamUnavailable
from vutler_router.keys.scrubbing import scrub
from vutler_router.providers.failures import error_of_body, error_of_reply, may_try_next, read_retry_after

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
KEY = "sk-live-0123456789abcdef"


def clean(text: str) -> str:
    return scrub(text, [KEY])


def failed(status: int, body: object = None, **headers: str) -> UpstreamError:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return error_of_reply("openai", status, headers, raw, clean, NOW)


@pytest.mark.parametrize(
    ("status", "kind", "next_link"),
    [
        (307, UpstreamRejected, True),
        (400, UpstreamRejected, False),
        (401, UpstreamRejected, True),
        (402, UpstreamRejected, True),
        (403, UpstreamRejected, True),
        (404, UpstreamRejected, True),
        (408, UpstreamUnavailable, True),
        (413, UpstreamRejected, False),
        (422, UpstreamRejected, False),
        (429, UpstreamBusy, True),
        (500, UpstreamUnavailable, True),
        (529, UpstreamUnavailable, True),
    ],
)
def test_a_status_says_what_failed_and_who_may_try_next(
    status: int, kind: type[UpstreamError], *, next_link: bool
) -> None:
    error = failed(status)
    assert (type(error), may_try_next(error)) == (kind, next_link)


def test_a_rate_limit_that_is_an_empty_account_is_permanent() -> None:
    error = failed(429, {"error": {"message": "You exceeded your quota", "code": "insufficient_quota"}})
    assert (type(error), error.code) == (UpstreamRejected, "provider_out_of_credits")


def test_the_providers_code_and_field_are_kept() -> None:
    error = failed(400, {"error": {"message": "too long", "code": "context_length_exceeded", "param": "messages"}})
    assert (error.code, error.param) == ("context_length_exceeded", "messages")


@pytest.mark.parametrize(
    "body", [{"error": "plain"}, {"message": "plain"}, {"detail": "plain"}, {"error": {"message": "plain"}}]
)
def test_a_message_is_found_in_every_common_shape(body: dict[str, object]) -> None:
    assert "plain" in failed(500, body).message


def test_a_code_inside_a_body_counts_as_its_status() -> None:
    error = error_of_body("openrouter", {"error": {"message": "slow down", "code": 429}}, clean)
    assert isinstance(error, UpstreamBusy)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "2"}, 2.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after": "Sat, 21 Nov 2026 12:00:30 GMT"}, 30.0),
        ({"retry-after": "Sat, 21 Nov 2026 11:00:00 GMT"}, 0.0),
        ({"retry-after": "999999"}, 3600.0),
        ({"retry-after": "soon"}, None),
    ],
)
def test_the_time_to_wait_is_read_in_every_form(headers: dict[str, str], seconds: float | None) -> None:
    assert read_retry_after(headers, NOW) == seconds


@given(st.binary(max_size=2_000), st.sampled_from([400, 401, 429, 500]))
def test_any_body_gives_a_bounded_error(body: bytes, status: int) -> None:
    assert len(failed(status, body).message) < 700


@given(st.text(max_size=40), st.text(max_size=40))
def test_a_key_is_never_repeated(before: str, after: str) -> None:
    assert KEY not in failed(401, {"error": {"message": f"{before}{KEY}{after}"}}).message


def test_a_key_at_the_bound_of_a_message_is_not_repeated_in_part() -> None:
    message = failed(401, {"error": {"message": "x" * 495 + KEY}}).message
    assert "sk-live" not in message
