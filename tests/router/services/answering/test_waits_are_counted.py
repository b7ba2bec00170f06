from prometheus_client.parser import text_string_to_metric_families

from vutler_router.services.answering.metrics import RequestMetrics


def test_who_waits_and_for_how_long_is_shown_by_provider() -> None:
    metrics = RequestMetrics()
    metrics.queue_changed("openai", 1)
    metrics.queue_changed("openai", 1)
    metrics.queue_changed("openai", -1)
    metrics.queue_waited("openai", 0.2)
    metrics.queue_waited("openai", 3.0)

    exposed = text_string_to_metric_families(metrics.exposition().decode())
    samples = {
        (s.name, s.labels.get("le")): s.value for f in exposed for s in f.samples if "openai" in s.labels.values()
    }

    assert samples["vutler_queue_waiting", None] == 1
    assert samples["vutler_queue_wait_seconds_count", None] == 2
    assert samples["vutler_queue_wait_seconds_sum", None] == 3.2
    assert [samples["vutler_queue_wait_seconds_bucket", bound] for bound in ("0.1", "0.25", "4.0", "60.0")] == [
        0,
        1,
        2,
        2,
    ]
