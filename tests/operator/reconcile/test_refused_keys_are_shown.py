from collections.abc import Iterable, Mapping

import pytest
from pydantic import JsonValue

from vutler_operator.errors import RouterError
from vutler_operator.reconcile.llm import LLMOutcome
from vutler_operator.reconcile.llmconfig import judge_llm_config
from vutler_operator.reconcile.router_sync import RouterSync
from vutler_operator.router_client import KeyTrouble, RouterRecord, UsageSummary

CREDITS = KeyTrouble(
    source="team-a/default",
    provider="openrouter",
    code="provider_out_of_credits",
    message="openrouter is out of credits. Top up the account (https://openrouter.ai/settings/credits).",
)


class Router:
    """A router that says which keys are refused."""

    def __init__(self) -> None:
        self.says: tuple[KeyTrouble, ...] = ()
        self.error: RouterError | None = None

    async def list_agents(self) -> dict[str, RouterRecord]:
        return {}

    async def put_agent(self, identifier: str, record: Mapping[str, JsonValue]) -> None:
        raise NotImplementedError

    async def delete_agent(self, identifier: str) -> None:
        raise NotImplementedError

    async def usage(self) -> UsageSummary:
        return UsageSummary()

    async def key_troubles(self) -> tuple[KeyTrouble, ...]:
        if self.error is not None:
            raise self.error
        return self.says


class Told:
    """Remembers whose keys changed."""

    def __init__(self) -> None:
        self.sources: list[str] = []

    def is_gone(self, identifier: str) -> bool:
        return not identifier

    def changed(self, identifiers: Iterable[str]) -> None:
        assert not list(identifiers)

    def keys_changed(self, sources: Iterable[str]) -> None:
        self.sources += sorted(sources)


@pytest.mark.parametrize(
    ("code", "reason"),
    [("provider_out_of_credits", "OutOfCredits"), ("provider_key_refused", "KeyRefused"), ("new_one", "KeyRefused")],
)
def test_a_refused_key_is_a_condition_with_the_remedy(code: str, reason: str) -> None:
    *others, verified = judge_llm_config(LLMOutcome(None, {}, {}), CREDITS.model_copy(update={"code": code}))
    assert (verified.type, verified.status, verified.reason) == ("Verified", "False", reason)
    assert "https://openrouter.ai/settings/credits" in verified.message
    assert [one.status for one in others] == ["True", "True"], "the settings themselves are right"


def test_a_key_that_nobody_refused_is_not_verified() -> None:
    *_, verified = judge_llm_config(LLMOutcome(None, {}, {}))
    assert (verified.status, verified.reason) == ("Unknown", "NotVerified")


async def test_an_llm_config_is_looked_at_when_its_trouble_begins_and_when_it_ends() -> None:
    router, told = Router(), Told()
    sync = RouterSync(router, told, lambda: 0.0)
    other = CREDITS.model_copy(update={"source": None})
    seen = []
    for says in ((), (CREDITS, other), (CREDITS, CREDITS), ()):
        router.says = says
        await sync.synchronise(full=True)
        seen.append((list(told.sources), sync.key_trouble("team-a/default")))
        told.sources.clear()
    assert seen == [([], None), (["team-a/default"], CREDITS), ([], CREDITS), (["team-a/default"], None)]


async def test_a_router_that_cannot_tell_leaves_things_as_they_were() -> None:
    router, told = Router(), Told()
    sync = RouterSync(router, told, lambda: 0.0)
    router.says = (CREDITS,)
    await sync.synchronise(full=True)
    router.error = RouterError("no", code="500")
    await sync.synchronise(full=True)
    assert sync.key_trouble("team-a/default") == CREDITS
    assert told.sources == ["team-a/default"]
