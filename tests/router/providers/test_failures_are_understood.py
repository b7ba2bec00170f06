import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vutler_router.errors import UpstreamBusy, UpstreamError, UpstreamRejected, UpstreamUnavailable
from vutler_router.keys.scrubbing import scrub
from vutler_router.providers.error_objects import error_in_answer
from vutler_router.providers.failures import error_of_body, error_of_reply
from vutler_router.routing.failover import Step, step_after

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
KEY = "sk-live-0123456789abcdef"
READ = 64 << 10
"""What the router reads of an error answer."""


def clean(text: str) -> str:
    return scrub(text, [KEY])


def failed(status: int, body: object = None, *, billing_url: str | None = None, **headers: str) -> UpstreamError:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return error_of_reply("openai", status, named, raw[:READ], clean, NOW, billing_url=billing_url)


def told(body: Mapping[str, object]) -> UpstreamError:
    return error_of_body("openai", body, clean)


def minimax(code: int, said: str = "no") -> dict[str, object]:
    return {"id": "1", "choices": None, "base_resp": {"status_code": code, "status_msg": said}}


@pytest.mark.parametrize(
    ("status", "kind", "next_link"),
    [
        (204, UpstreamUnavailable, True),
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
        (498, UpstreamUnavailable, True),
        (499, UpstreamUnavailable, True),
        (500, UpstreamUnavailable, True),
        (520, UpstreamUnavailable, True),
        (529, UpstreamUnavailable, True),
    ],
)
def test_a_status_says_what_failed_and_who_may_try_next(
    status: int, kind: type[UpstreamError], *, next_link: bool
) -> None:
    error = failed(status)
    assert (type(error), error.upstream_status, step_after(error) is not Step.STOP) == (kind, status, next_link)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (429, {"error": {"message": "You exceeded your current quota", "code": "insufficient_quota"}}),
        (400, {"type": "error", "error": {"type": "invalid_request_error", "message": "credit balance is too low"}}),
        (500, {"type": "error", "error": {"type": "api_error", "message": "insufficient balance (1008)"}}),
        (402, {"error": {"message": "Insufficient credits", "code": 402}}),
    ],
)
def test_an_empty_account_is_permanent_whatever_status_it_comes_with(status: int, body: object) -> None:
    error = failed(status, body)
    assert (type(error), error.code, error.upstream_status) == (UpstreamRejected, "provider_out_of_credits", 402)


def test_a_used_up_quota_of_gemini_passes() -> None:
    said = "You exceeded your current quota, please check your plan and billing details."
    delay = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "36s"}
    error = failed(429, [{"error": {"code": 429, "message": said, "status": "RESOURCE_EXHAUSTED", "details": [delay]}}])
    assert (type(error), error.retry_after) == (UpstreamBusy, 36.0)


@pytest.mark.parametrize(
    ("billing_url", "shown"),
    [(None, "(https://openrouter.ai/settings/credits)"), ("https://ours.example/billing", "(https://ours.example/b")],
)
def test_an_empty_account_is_named_with_where_to_top_it_up(billing_url: str | None, shown: str) -> None:
    body = {"error": {"message": "Buy more at https://openrouter.ai/settings/credits, then retry", "code": 402}}
    assert shown in failed(402, body, billing_url=billing_url).message


def test_without_a_link_the_sentence_is_whole() -> None:
    assert failed(402).message == "openai is out of credits. Top up the account or use another key."


@pytest.mark.parametrize(
    ("status", "said", "code"),
    [
        (400, "This model's maximum context length is 4097 tokens.", "context_length_exceeded"),
        (400, "Your input exceeds the context window of this model", None),
        (400, "prompt is too long: 213462 tokens > 200000 maximum", None),
        (400, "input length and `max_tokens` exceed context limit: 143653 + 64000 > 200000", None),
        (400, "The input token count (1200293) exceeds the maximum number of tokens allowed (1048576).", None),
        (400, "Please reduce the length of the messages or completion.", None),
        (422, "Prompt contains 40000 tokens, too large for model with 32768 maximum context length", None),
        (400, "invalid params, context window exceeds limit (2013)", None),
        (413, "prompt is too long", None),
        (500, "the request exceeds the available context size", None),
        (500, "sorry", "context_length_exceeded"),
    ],
)
def test_a_conversation_that_is_too_long_is_the_callers_to_shorten(status: int, said: str, code: str | None) -> None:
    error = failed(status, {"error": {"message": said, "code": code, "param": "messages"}})
    assert (type(error), error.code, error.upstream_status) == (UpstreamRejected, "context_length_exceeded", 400)
    assert error.param == "messages"
    assert said.rstrip(".") in error.message
    assert step_after(error) is Step.STOP


def test_too_many_tokens_for_a_minute_are_a_rate_limit() -> None:
    said = "Request too large for model `x` on tokens per minute (TPM): Limit 6000, Requested 36114"
    error = failed(413, {"error": {"message": said, "type": "tokens", "code": "rate_limit_exceeded"}})
    assert (type(error), error.upstream_status) == (UpstreamBusy, 429)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, {"error": {"message": "The model `x` does not exist", "code": "model_not_found"}}),
        (400, {"error": {"message": "`x` has been decommissioned", "code": "model_decommissioned"}}),
        (400, {"object": "error", "message": "Invalid model: x", "type": "invalid_model", "code": "1500"}),
    ],
)
def test_a_model_that_does_not_exist_names_the_setting(status: int, body: Mapping[str, object]) -> None:
    error = failed(status, body)
    assert "Check model in the model settings" in error.message
    assert error.code in {"model_not_found", "model_decommissioned", "invalid_model"}
    assert step_after(error) is not Step.STOP


def test_a_bad_key_is_one_also_where_it_is_called_a_bad_request() -> None:
    details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}]
    error = failed(400, [{"error": {"code": 400, "message": "API key not valid.", "details": details}}])
    assert (error.code, error.upstream_status) == ("provider_key_refused", 401)


def test_a_prompt_that_was_flagged_is_no_bad_key() -> None:
    error = failed(403, {"error": {"code": 403, "message": "flagged", "metadata": {"flagged_input": "…"}}})
    assert (error.code, error.upstream_status, step_after(error) is not Step.STOP) == ("upstream_rejected", 400, False)


def test_a_redirect_asks_for_the_final_address() -> None:
    error = failed(307, b"", location=f"https://elsewhere.example/?key={KEY}")
    assert error.message.startswith("openai answered with a redirect (307); enter the final address.")
    assert "elsewhere" not in error.message


def test_the_providers_code_and_field_are_kept() -> None:
    error = failed(400, {"error": {"message": "no", "code": "unsupported_value", "param": "messages[0].role"}})
    assert (error.code, error.param) == ("unsupported_value", "messages[0].role")


@pytest.mark.parametrize("given", ["two words", "", "x" * 65, 400, "1500", None, ["a"]])
def test_what_is_no_name_is_no_code(given: object) -> None:
    assert failed(400, {"error": {"message": "no", "code": given, "param": given}}).code == "upstream_rejected"


@pytest.mark.parametrize(
    "body",
    [
        {"error": "plain"},
        {"message": "plain"},
        {"detail": "plain"},
        {"error": {"message": "plain"}},
        [{"error": {"message": "plain"}}],
        {"object": "error", "message": "plain"},
        {"object": "error", "message": {"detail": [{"type": "missing", "loc": ["body", "x"], "msg": "plain"}]}},
        {"detail": [{"loc": ["body", "messages", 0, "role"], "msg": "plain"}]},
        {"type": "error", "error": {"type": "api_error", "message": "plain"}},
        {"base_resp": {"status_code": 1000, "status_msg": "plain"}},
        {"error": {"message": "Provider returned error", "metadata": {"raw": "plain", "provider_name": "x"}}},
    ],
)
def test_a_message_is_found_in_every_common_shape(body: object) -> None:
    assert "plain" in failed(500, body).message


def test_a_validation_error_names_its_field() -> None:
    body = {"detail": [{"loc": ["body", "messages", 0, "role"], "msg": "Field required"}, {"msg": "Also this"}, 7]}
    error = failed(422, body)
    assert error.param == "messages[0].role"
    assert error.message == "openai refused the request (422): messages[0].role: Field required; Also this."


def test_a_message_is_one_line_of_what_can_be_seen() -> None:
    assert (
        failed(500, {"error": "one\r\ntwo\x00\x1b[31m\u202ethree."}).message
        == "openai failed (500): one two [31m three."
    )


@pytest.mark.parametrize(
    ("code", "kind", "ours", "status"),
    [
        (1000, UpstreamUnavailable, "upstream_unavailable", 502),
        (1001, UpstreamUnavailable, "upstream_unavailable", 504),
        (1002, UpstreamBusy, "upstream_rate_limited", 429),
        (1004, UpstreamRejected, "provider_key_refused", 401),
        (1008, UpstreamRejected, "provider_out_of_credits", 402),
        (1013, UpstreamUnavailable, "upstream_unavailable", 502),
        (1026, UpstreamRejected, "content_filter", 400),
        (1027, UpstreamRejected, "content_filter", 400),
        (1033, UpstreamUnavailable, "upstream_unavailable", 502),
        (1039, UpstreamBusy, "upstream_rate_limited", 429),
        (2013, UpstreamRejected, "upstream_rejected", 400),
        (2049, UpstreamRejected, "provider_key_refused", 401),
        (2056, UpstreamBusy, "upstream_rate_limited", 429),
    ],
)
def test_the_codes_that_minimax_hides_in_a_success_are_known(
    code: int, kind: type[UpstreamError], ours: str, status: int
) -> None:
    error = told(minimax(code))
    assert (type(error), error.code, error.upstream_status) == (kind, ours, status)


def test_minimax_says_in_a_success_that_the_conversation_is_too_long() -> None:
    assert told(minimax(2013, "invalid params, context window exceeds limit")).code == "context_length_exceeded"


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"error": {"message": "slow down", "code": 429}}, 429),
        ({"error": {"message": "slow down", "code": "rate_limit_exceeded"}, "output": []}, 429),
        ({"error": "model is loading"}, 502),
        ({"error": True, "message": "no"}, 502),
        ({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}, 529),
        ({"type": "error", "error": {"type": "bad_request_error", "message": "no", "http_code": "400"}}, 400),
        ({"type": "error", "code": "server_error", "message": "no"}, 500),
        ({"type": "response.failed", "response": {"status": "failed", "error": {"code": "server_error"}}}, 500),
        ({"object": "error", "type": "rate_limited", "message": "no", "code": "1300", "raw_status_code": 429}, 429),
        ({"object": "error", "message": "no", "type": "BadRequestError", "code": 400}, 400),
        (minimax(1002), 429),
        ({"choices": [{"finish_reason": "error", "error": {"code": 503, "message": "no"}, "message": {}}]}, 503),
        ({"error": {"code": 503, "message": "no"}, "choices": [{"finish_reason": "error", "delta": {}}]}, 503),
        ({"choices": [{"finish_reason": "error", "message": {"content": "Half"}}]}, 502),
        ({"error": {"status": "DEADLINE_EXCEEDED", "message": "no"}}, 504),
    ],
)
def test_an_error_inside_a_success_is_found(fields: dict[str, object], status: int) -> None:
    found = error_in_answer(fields)
    assert found
    assert (told(found).upstream_status, told(fields).upstream_status) == (status, status)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"choices": [{"finish_reason": "stop", "message": {"content": "Hi"}}], "error": {}},
        {"choices": [{"message": {"content": "Hi"}}], "base_resp": {"status_code": 0, "status_msg": "success"}},
        {"choices": [{"message": {"content": "Hi"}}], "error": {"message": "a warning"}},
        {"choices": [], "usage": {"total_tokens": 14}},
        {"choices": ["odd", {"finish_reason": None}], "base_resp": "odd"},
        {"object": [], "type": {}, "response": "odd"},
        {"type": "message", "content": [{"type": "text", "text": "error"}]},
        {"object": "response", "status": "completed", "error": None, "output": [{"type": "message"}]},
        {"type": "response.created", "response": {"error": None}},
        {"object": "list", "data": [{"embedding": [0.1]}]},
    ],
)
def test_an_answer_is_no_error(fields: dict[str, object]) -> None:
    assert error_in_answer(fields) is None


def test_a_wait_inside_a_success_is_read() -> None:
    delay = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "17s"}
    error = told({"error": {"code": 429, "message": "no", "details": [delay]}})
    assert error.retry_after == 17.0


def test_a_used_up_limit_says_when_to_come_back_only_to_a_rate_limit() -> None:
    headers = {"x_ratelimit_remaining_tokens": "0", "x_ratelimit_reset_tokens": "6m0s"}
    assert failed(429, **headers).retry_after == 360.0
    assert failed(503, **headers).retry_after is None
    assert failed(503, **headers, retry_after="3").retry_after == 3.0


SPELLINGS = (
    KEY,
    KEY.upper(),
    KEY.replace("-", "\\u002d"),
    "".join(f"\\u{ord(character):04x}" for character in KEY),
    quote(KEY.replace("-", "/"), safe="").replace("%2F", "%2D"),
    "".join(f"%{ord(character):02X}" for character in KEY),
    base64.b64encode(KEY.encode()).decode(),
    base64.b64encode(f"user:{KEY}".encode()).decode(),
)
TEXTS = st.one_of(st.text(max_size=40), st.just("x" * 480), st.just("x" * 1000), st.just(" \x00" * 300))
SHAPES = (
    lambda text: {"error": {"message": text, "code": text, "param": text, "type": text, "status": text}},
    lambda text: {"error": {"message": "no", "code": text, "param": text}},
    lambda text: {"error": text},
    lambda text: {"detail": [{"loc": ["body", text], "msg": text}]},
    lambda text: {"object": "error", "message": {"detail": [{"loc": [text], "msg": [text]}]}},
    lambda text: [[text], {"error": {"message": [[text]], "metadata": {"raw": text}}}],
    lambda text: {"base_resp": {"status_code": 1004, "status_msg": text}},
    lambda text: {"choices": [{"finish_reason": "error", "error": {"message": text}}]},
)
STATUSES = st.sampled_from([302, 400, 401, 402, 404, 413, 422, 429, 500, 529])


def shown(error: UpstreamError) -> str:
    return f"{error.message} {error.code} {error.param}"


def assert_bounded_and_clean(error: UpstreamError) -> None:
    assert len(error.message) < 1000
    assert error.message.isprintable()
    told_again = shown(error).casefold()
    assert KEY not in told_again
    assert not any(spelling.casefold()[2:14] in told_again for spelling in SPELLINGS[:-1])


@given(st.binary(max_size=2_000), STATUSES)
def test_any_bytes_give_a_bounded_error(body: bytes, status: int) -> None:
    assert_bounded_and_clean(failed(status, body))


@given(
    body=st.builds(
        lambda shape, spelling, before, after: shape(f"{before}{spelling}{after}"),
        st.sampled_from(SHAPES),
        st.sampled_from(SPELLINGS),
        TEXTS,
        TEXTS,
    ),
    status=STATUSES,
    escaped=st.booleans(),
)
def test_a_key_is_never_repeated(body: object, status: int, *, escaped: bool) -> None:
    raw = json.dumps(body, ensure_ascii=escaped).encode()
    assert_bounded_and_clean(failed(status, raw.replace(b"sk-live", rb"\u0073k-live") if escaped else raw))


@given(spelling=st.sampled_from(SPELLINGS), shift=st.integers(min_value=-60, max_value=60), whole=st.booleans())
def test_a_key_at_the_edge_of_what_is_read_is_not_repeated_in_part(spelling: str, shift: int, *, whole: bool) -> None:
    filler = "x" * (READ - 30 + shift)
    body = json.dumps({"error": f"{filler}{spelling}"}) if whole else f"{filler}{spelling}"
    assert_bounded_and_clean(failed(401, body.encode()))
    assert_bounded_and_clean(error_of_reply("openai", 401, {}, body.encode(), clean, NOW))


@given(st.integers(min_value=450, max_value=510), st.sampled_from(SPELLINGS))
def test_a_key_at_the_bound_of_a_message_is_not_repeated_in_part(length: int, spelling: str) -> None:
    assert_bounded_and_clean(failed(401, {"error": {"message": "x" * length + spelling}}))


NAMES = st.sampled_from(
    [
        "error",
        "message",
        "detail",
        "details",
        "code",
        "type",
        "status",
        "object",
        "param",
        "choices",
        "finish_reason",
        "base_resp",
        "status_code",
        "status_msg",
        "response",
        "metadata",
        "raw",
        "loc",
        "msg",
        "reason",
        "retryDelay",
    ]
)
TOLD = st.sampled_from(["error", KEY, "7s", "context_length_exceeded"])
VALUES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), TOLD)
ANYTHING = st.recursive(VALUES, lambda inner: st.lists(inner) | st.dictionaries(NAMES, inner), max_leaves=12)


@given(st.dictionaries(NAMES, ANYTHING))
def test_any_object_gives_a_bounded_error(fields: dict[str, object]) -> None:
    assert_bounded_and_clean(told(fields))
    assert_bounded_and_clean(told(error_in_answer(fields) or {}))
    assert_bounded_and_clean(failed(400, fields))


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 60_000,
        b'{"error":' * 7_000,
        b'{"error":' * 500 + b"1" + b"}" * 500,
        b'{"message":"' + b"a" * 10_000_000 + b'"}',
        b'{"error":{"message":"' + rb"\u0000" * 10_000 + b'"}}',
        b'{"error":{"message":"' + rb"\\" * 30_000 + b'"}}',
        b'{"error":{"message":"' + b"%25" * 20_000 + b'"}}',
        b'{"detail":[{"loc":' + b"[" * 1_000 + b"]" * 1_000 + b',"msg":"no"}]}',
        b'{"error":{"code":1e999,"status":-0,"param":{"a":[]}}}',
        b'{"error":{"message":"\\ud800"}}',
        b"\xff\xfe{",
        b"",
    ],
)
def test_no_body_is_too_odd(body: bytes) -> None:
    assert_bounded_and_clean(failed(500, body))
    assert_bounded_and_clean(error_of_reply("openai", 500, {}, body, clean, NOW))


def test_a_key_that_control_characters_would_join_is_not_made_whole() -> None:
    assert_bounded_and_clean(failed(401, {"error": "sk-live-\u200b0123456789abcdef sk-live\x00-0123456789abcdef"}))
