from typing import Any

import pytest

from tests.operator.reconcile.objects import obj
from vutler_operator.reconcile.dependencies import Dependencies
from vutler_operator.reconcile.llm import resolve_llm
from vutler_operator.reconcile.lookup import Lookup
from vutler_operator.reconcile.store import Store
from vutler_operator.resources.objects import Manifest, ObjectRef
from vutler_operator.resources.schema import NameRef

ROUTING: dict[str, Any] = {
    "mode": "Hybrid",
    "tools": "Present",
    "categories": [
        {
            "name": "invoices",
            "models": ["openai/gpt-4o", "openai/gpt-4o-mini"],
            "keywords": ["invoice"],
            "comparison": {"model": "openai/gpt-4o-mini", "percent": 20},
        }
    ],
}


class Nothing:
    """Reads through to an API server that has nothing; LLMConfigs are all watched."""

    async def get(self, ref: ObjectRef) -> Manifest | None:
        raise AssertionError(f"{ref} is read")


async def record_of(**spec: Any) -> dict[str, Any] | None:
    store = Store()
    store.put(obj("LLMConfig", "default", spec=spec))
    lookup = Lookup(ObjectRef("Agent", "team-a", "ava"), store, Dependencies(), Nothing())
    return (await resolve_llm(lookup, "team-a", NameRef(name="default"))).record


@pytest.mark.parametrize(
    "spec",
    [
        {"mode": "Managed", "tier": "economy"},
        {"mode": "BYOKey", "provider": "ollama", "model": "llama3.2"},
    ],
    ids=lambda spec: spec["mode"],
)
async def test_the_router_is_told_of_routing_word_for_word(spec: dict[str, Any]) -> None:
    record = await record_of(**spec, routing=ROUTING)

    assert record is not None
    assert record["routing"] == ROUTING


async def test_routing_that_is_not_set_is_the_routers_business() -> None:
    record = await record_of(mode="Managed", tier="economy")

    assert record is not None
    assert "routing" not in record
