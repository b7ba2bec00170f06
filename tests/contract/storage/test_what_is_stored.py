from tests.support.router_values import make_entry
from vutler_router.metering.batches import Batch
from vutler_router.metering.totals import Dimension
from vutler_router.settings import ProviderName
from vutler_router.storage import Storage


async def test_names_from_closed_sets_are_stored_as_plain_text(storage: Storage) -> None:
    entry = make_entry("r", provider=ProviderName.OPENAI)
    await storage.ledger.append(Batch("writer-1", 1, (entry,)))

    (line,) = await storage.usage.totals(Dimension.MODEL, entry.timestamp.date(), entry.timestamp.date())

    assert line.key == "openai/gpt-4o-mini"
