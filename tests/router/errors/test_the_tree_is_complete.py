import inspect

from vutler_router import errors
from vutler_router.errors import RouterError, SettingsReadOnly, UpstreamBusy


def every_class() -> list[type[RouterError]]:
    found = inspect.getmembers(errors, lambda member: inspect.isclass(member) and issubclass(member, RouterError))
    return [cls for _, cls in found]


def test_every_class_is_drawn_in_the_docstring() -> None:
    drawn = inspect.getdoc(errors) or ""

    assert [cls.__name__ for cls in every_class() if cls.__name__ not in drawn] == []


def test_every_class_is_public() -> None:
    assert {cls.__name__ for cls in every_class()} | {"Category"} == set(errors.__all__)


def test_only_what_passes_by_itself_may_be_retried() -> None:
    retryable = {cls.__name__ for cls in every_class() if cls.retryable}

    assert retryable == {
        "ClusterUnavailable",
        "LimitExceeded",
        "NotReady",
        "StorageError",
        "UpstreamBusy",
        "UpstreamUnavailable",
        "WriteConflict",
    }


def test_read_only_settings_name_their_resource() -> None:
    error = SettingsReadOnly("team-a/default")

    assert "LLMConfig team-a/default" in error.message
    assert (error.code, error.resource) == ("settings_read_only", "team-a/default")


def test_an_upstream_error_remembers_who_and_when() -> None:
    error = UpstreamBusy("OpenAI asks to wait.", provider="openai", upstream_status=429, retry_after=2.5)

    assert (error.provider, error.upstream_status, error.retry_after) == ("openai", 429, 2.5)
