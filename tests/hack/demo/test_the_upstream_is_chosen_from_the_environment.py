import pytest

from hack.demo.upstream import UnusableUpstreamError, choose_upstream


def test_without_any_key_the_echo_answers_as_a_managed_plan() -> None:
    upstream = choose_upstream({})
    assert upstream.values == {"managed.provider": "echo"}
    assert upstream.manifests[-1]["spec"] == {"mode": "Managed", "tier": "economy"}


def test_a_provider_key_becomes_a_secret_and_a_config_that_refers_to_it() -> None:
    secret, config = choose_upstream({"OPENAI_API_KEY": "sk-1", "MODEL": "gpt-5"}).manifests
    assert secret["stringData"] == {"api-key": "sk-1"}
    assert config["spec"] == {
        "mode": "BYOKey",
        "provider": "openai",
        "model": "gpt-5",
        "apiKeySecretRef": {"name": "provider-key", "key": "api-key"},
    }


def test_a_key_never_shows_in_the_label_or_the_chart_values() -> None:
    upstream = choose_upstream({"GROQ_API_KEY": "gsk-secret"})
    assert "gsk-secret" not in upstream.label + str(dict(upstream.values))


def test_a_compatible_url_is_a_custom_endpoint_that_the_router_may_reach() -> None:
    upstream = choose_upstream({"OPENAI_BASE_URL": "http://10.0.0.7:8000/v1", "MODEL": "qwen"})
    assert upstream.manifests[-1]["spec"] == {
        "mode": "BYOKey",
        "provider": "custom",
        "model": "qwen",
        "endpoint": "http://10.0.0.7:8000/v1",
    }
    assert upstream.values == {"allowedPrivateEndpoints[0]": "10.0.0.7"}


@pytest.mark.parametrize(
    ("environment", "remedy"),
    [
        ({"OPENAI_BASE_URL": "http://10.0.0.7:8000/v1"}, "add MODEL="),
        ({"OPENAI_BASE_URL": "http://localhost:8000/v1", "MODEL": "m"}, "listen on another address"),
    ],
)
def test_a_url_that_cannot_work_is_refused_with_the_remedy(environment: dict[str, str], remedy: str) -> None:
    with pytest.raises(UnusableUpstreamError, match=remedy):
        choose_upstream(environment)
