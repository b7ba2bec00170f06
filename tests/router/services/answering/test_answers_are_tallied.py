from datetime import UTC, datetime

from prometheus_client.parser import text_string_to_metric_families

from vutler_router.errors import UpstreamUnavailable
from vutler_router.routing.breaker import Breakers
from vutler_router.services.answering.metrics import RequestMetrics

TARGET = {"gen_ai_provider_name": "openai", "gen_ai_request_model": "gpt-4o-mini"}


def samples(metrics: RequestMetrics) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    families = text_string_to_metric_families(metrics.exposition().decode())
    return {(s.name, frozenset(s.labels.items())): s.value for family in families for s in family.samples}


def value(metrics: RequestMetrics, name: str, **labels: str) -> float:
    return samples(metrics)[name, frozenset(labels.items())]


def test_requests_tokens_and_seconds_add_up_by_model() -> None:
    metrics = RequestMetrics()
    metrics.answered("openai", "gpt-4o-mini", "ok", 0.05, (10, 2))
    metrics.answered("openai", "gpt-4o-mini", "error", 3.0, (5, 0))
    assert value(metrics, "vutler_requests_total", **TARGET, status="ok") == 1
    assert value(metrics, "vutler_requests_total", **TARGET, status="error") == 1
    assert value(metrics, "gen_ai_client_token_usage_total", **TARGET, gen_ai_token_type="input") == 15
    assert value(metrics, "gen_ai_client_token_usage_total", **TARGET, gen_ai_token_type="output") == 2
    assert value(metrics, "gen_ai_client_operation_duration_seconds_sum", **TARGET) == 3.05
    assert value(metrics, "gen_ai_client_operation_duration_seconds_count", **TARGET) == 2


def test_a_bucket_holds_what_took_up_to_its_bound() -> None:
    metrics = RequestMetrics()
    for seconds in (0.01, 0.011, 100.0):
        metrics.answered("openai", "gpt-4o-mini", "ok", seconds, (0, 0))
    bucket = "gen_ai_client_operation_duration_seconds_bucket"
    counts = [value(metrics, bucket, **TARGET, le=bound) for bound in ("0.01", "0.02", "81.92", "+Inf")]
    assert counts == [1, 2, 2, 3]


def test_endless_model_names_share_one_line_in_the_end() -> None:
    metrics = RequestMetrics()
    for number in range(1_100):
        metrics.answered("custom", f"model-{number}", "ok", 0.1, (1, 1))
        metrics.attempt_failed("custom", f"model-{number}", "upstream_broken")
    other = {"gen_ai_provider_name": "custom", "gen_ai_request_model": "other"}
    assert value(metrics, "vutler_requests_total", **other, status="ok") == 100
    assert value(metrics, "vutler_upstream_failures_total", **other, code="upstream_broken") == 100


def test_a_gauge_says_how_it_is_now() -> None:
    metrics = RequestMetrics()
    now = [3]
    metrics.show("vutler_agents", "Agents this router knows", lambda: now[0])
    assert value(metrics, "vutler_agents") == 3
    now[0] = 4
    assert value(metrics, "vutler_agents") == 4


def test_answers_whose_cost_is_doubtful_are_counted_apart() -> None:
    metrics = RequestMetrics()
    metrics.doubtful("openai", "gpt-4o-mini", priced=False)
    metrics.doubtful("openai", "gpt-4o-mini", priced=True)
    metrics.doubtful("openai", "gpt-4o-mini", priced=True)
    assert value(metrics, "vutler_answers_unpriced_total", **TARGET) == 1
    assert value(metrics, "vutler_answers_corrected_total", **TARGET) == 2


def test_what_nobody_answered_is_counted_by_its_code() -> None:
    metrics = RequestMetrics()
    metrics.unanswered("breaker_open")
    assert value(metrics, "vutler_requests_unanswered_total", code="breaker_open") == 1


def test_a_breaker_that_opens_or_closes_is_counted() -> None:
    metrics = RequestMetrics()
    breakers = Breakers(lambda: datetime(2026, 11, 26, tzinfo=UTC), metrics.breaker_changed)
    for _ in range(3):
        breakers.failed(("openai", "gpt-4o-mini", "a key"), UpstreamUnavailable("down", provider="openai"))
    breakers.succeeded(("openai", "gpt-4o-mini", "a key"))
    assert value(metrics, "vutler_breaker_changes_total", **TARGET, state="open") == 1
    assert value(metrics, "vutler_breaker_changes_total", **TARGET, state="closed") == 1
