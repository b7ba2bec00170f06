from dataclasses import dataclass

import pytest

from vutler_router.errors import InvalidRequest, UpstreamBusy, UpstreamError, UpstreamRejected, UpstreamUnavailable
from vutler_router.routing.failover import Step, counts_against, left_after, pause_before, step_after, telling_error
from vutler_router.settings import ProviderName


def rejected(status: int | None) -> UpstreamRejected:
    return UpstreamRejected("no", provider="openai", upstream_status=status)


def down(retry_after: float | None = None) -> UpstreamUnavailable:
    return UpstreamUnavailable("down", provider="openai", upstream_status=503, retry_after=retry_after)


@pytest.mark.parametrize("status", [400, 413, 422])
def test_a_request_at_fault_is_asked_nowhere_else(status: int) -> None:
    assert step_after(rejected(status)) is Step.STOP
    assert not counts_against(rejected(status))


@pytest.mark.parametrize("status", [401, 402, 403, 429])
def test_a_key_at_fault_asks_for_another_key(status: int) -> None:
    error = UpstreamBusy("busy", provider="openai", upstream_status=status)
    assert step_after(error) is Step.NEXT_KEY
    assert counts_against(error)


@pytest.mark.parametrize("error", [rejected(404), down(), UpstreamUnavailable("cut", provider="openai")])
def test_a_model_or_provider_at_fault_asks_another_model(error: UpstreamError) -> None:
    assert step_after(error) is Step.NEXT_MODEL
    assert counts_against(error)


def test_an_address_that_may_not_be_reached_says_nothing_of_the_provider() -> None:
    assert not counts_against(rejected(None))


def test_nobody_is_asked_again_after_a_permanent_failure() -> None:
    assert pause_before([rejected(401)], 0.5) is None


def test_a_second_round_waits_a_moment_and_not_everybody_the_same() -> None:
    assert (pause_before([down()], 0.0), pause_before([down()], 1.0)) == (0.25, 0.5)


def test_a_short_retry_after_is_waited_for() -> None:
    assert pause_before([down(retry_after=2.0), down(retry_after=9.0)], 0.0) == 2.0


def test_a_long_retry_after_is_left_to_the_caller() -> None:
    assert pause_before([down(retry_after=30.0)], 0.0) is None


def test_of_several_failures_one_that_passes_is_told() -> None:
    passing = down()
    assert telling_error([rejected(401), passing, InvalidRequest("no")]) is passing


def test_of_permanent_failures_the_first_is_told() -> None:
    first = rejected(401)
    assert telling_error([first, rejected(404)]) is first


@dataclass(frozen=True)
class Link:
    provider: ProviderName
    model: str
    key: str
    last_resort: bool = False


A1, A2, A3 = (Link(ProviderName.OPENAI, "a", key) for key in ("first", "second", "third"))
B1 = Link(ProviderName.GROQ, "a", "first")
CHAIN = [A1, A2, B1, A3]


@pytest.mark.parametrize(
    ("step", "asked", "left"),
    [
        (Step.STOP, A1, []),
        (Step.AGAIN, A1, CHAIN),
        (Step.NEXT_KEY, A1, [A2, B1, A3]),
        (Step.NEXT_KEY, A3, [A1, A2, B1]),
        (Step.NEXT_MODEL, A1, [B1, A3]),
        (Step.NEXT_MODEL, A2, [B1, A3]),
        (Step.NEXT_MODEL, B1, [A1, A2, A3]),
        (Step.NEXT_MODEL, A3, [A1, A2, B1]),
    ],
)
def test_what_is_left_after_a_failure_depends_on_what_was_at_fault(step: Step, asked: Link, left: list[Link]) -> None:
    assert list(left_after(step, CHAIN, asked)) == left
