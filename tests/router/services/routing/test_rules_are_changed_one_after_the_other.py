import asyncio

import pytest
from typing_extensions import override

from vutler_router.domain.routing import ModelMapping, RoutingRules
from vutler_router.domain.routing_store import InMemoryRoutingStore, StoredRules
from vutler_router.errors import WriteConflict
from vutler_router.services.routing.rulebook import RuleBook


class OvertakenStore(InMemoryRoutingStore):
    """Somebody else is faster, so many times."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self._times = times

    @override
    async def write(self, rules: RoutingRules, *, after: int) -> StoredRules:
        if self._times:
            self._times -= 1
            theirs = RoutingRules((), (ModelMapping("code", (f"theirs-{self._times}",)),))
            await super().write(theirs, after=after)
        return await super().write(rules, after=after)


def with_reasoning(rules: RoutingRules) -> RoutingRules:
    return RoutingRules(rules.categories, (*rules.mappings, ModelMapping("reasoning", ("ours",))))


async def test_a_change_is_made_again_on_what_another_process_wrote() -> None:
    book = RuleBook(OvertakenStore(2))
    rules = await book.change(with_reasoning)
    assert [one.models for one in rules.mappings] == [("theirs-0",), ("ours",)]
    assert (book.rules, book.version) == (rules, 3)


async def test_who_is_overtaken_again_and_again_is_told() -> None:
    with pytest.raises(WriteConflict):
        await RuleBook(OvertakenStore(100)).change(with_reasoning)


async def test_changes_of_one_process_wait_for_each_other() -> None:
    book = RuleBook(InMemoryRoutingStore())

    def adding(number: int) -> None:
        def added(rules: RoutingRules) -> RoutingRules:
            return RoutingRules((), (*rules.mappings, ModelMapping(f"c{number}", ("m",))))

        tasks.append(asyncio.ensure_future(book.change(added)))

    tasks: list[asyncio.Future[RoutingRules]] = []
    for number in range(50):
        adding(number)
    await asyncio.gather(*tasks)
    assert len(book.rules.mappings) == 50


async def test_rules_stay_the_same_object_until_somebody_changes_them() -> None:
    store = InMemoryRoutingStore()
    book, other = RuleBook(store), RuleBook(store)
    await book.refresh()
    before = book.rules
    await book.refresh()
    assert book.rules is before
    await other.change(with_reasoning)
    await book.refresh()
    assert book.rules == other.rules
