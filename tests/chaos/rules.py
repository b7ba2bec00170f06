"""What must be true of one request, whatever broke meanwhile."""

from collections.abc import Iterator

from tests.chaos.accounts import Account, Record
from tests.chaos.callers import Sight
from tests.chaos.marks import WORD, usage_of
from tests.chaos.upstream import Outcome

__all__ = ["faults"]

_CHARACTERS_PER_TOKEN = 4
_BROKE = {Outcome.CUT, Outcome.BROKEN}


def faults(account: Account) -> Iterator[str]:
    """Say what is wrong with a request's row, or with its having none."""
    if len(account.rows) > 1:
        yield "it has more than one row"
    if len(account.whole) > 1:
        yield "providers were made to answer it twice"
    row = account.row
    yield from _without(account) if row is None else _beside(account, row)
    if account.seen.sight is Sight.NOTHING:
        yield "it never ended"
    if account.seen.sight is Sight.LOST and not account.killed:
        yield "its connection broke though nobody killed the router"


def _without(account: Account) -> Iterator[str]:
    """Say why there should be a row."""
    match account.seen.sight:
        case Sight.WHOLE | Sight.BROKEN:
            yield "its caller saw how the answer ended, and there is no row"
        case Sight.FAILED if account.whole:
            yield "a provider answered it whole, and its caller got a failure"
        case Sight.LEFT | Sight.LOST | Sight.NOTHING if account.answered and not account.killed:
            yield "a provider answered it, if only in part, and there is no row"


def _beside(account: Account, row: Record) -> Iterator[str]:
    """Compare a row with what the caller and the providers saw."""
    seen = account.seen
    if seen.request_id and row["request_id"] != seen.request_id:
        yield "the row has another request's id"
    if seen.sight is Sight.FAILED:
        yield "it failed, and there is a row"
    if not account.attempts:
        yield "it never reached a provider, and there is a row"
    elif row["status"] not in _statuses(account, row["provider"]):
        yield f"the row says {row['status']}, which is not what its provider and its caller saw"
    if row["usage_source"] == "provider":
        yield from _counted(account, row)
    else:
        yield from _estimated(account, row)
    if row["tokens_total"] != row["tokens_input"] + row["tokens_output"]:
        yield "the row's tokens do not add up"
    if row["cost_total"] != row["cost_input"] + row["cost_output"]:
        yield "the row's costs do not add up"


def _statuses(account: Account, provider: str) -> set[str]:
    """Return what a row of this provider's may say."""
    sight, outcomes = account.seen.sight, account.outcomes(provider)
    found = set()
    if Outcome.WHOLE in outcomes and sight is not Sight.BROKEN:
        found.add("ok")
    if outcomes & _BROKE and sight is not Sight.WHOLE:
        found.add("error")
    if outcomes and sight is Sight.LEFT:
        found.add("cancelled")
    return found


def _counted(account: Account, row: Record) -> Iterator[str]:
    """Compare a row with what a provider counted."""
    usage = usage_of(account.number)
    counted = (usage.prompt, usage.completion, usage.total, usage.cached, usage.reasoning)
    names = ("tokens_input", "tokens_output", "tokens_total", "tokens_cached", "tokens_reasoning")
    found = tuple(row[name] for name in names)
    if found != counted:
        yield f"the row's tokens are {found}, the provider counted {counted}"
    if Outcome.WHOLE not in account.outcomes(row["provider"]):
        yield "the row has counts that its provider never gave"


def _estimated(account: Account, row: Record) -> Iterator[str]:
    """Say what is wrong with an estimate: there was a count, or more words than were said."""
    if account.seen.sight is Sight.WHOLE:
        yield "the row is an estimate, though the answer came with its counts"
    most = -(-len(WORD) * account.fate.pieces // _CHARACTERS_PER_TOKEN)
    if row["tokens_output"] > most:
        yield f"{row['tokens_output']} output tokens are estimated of an answer of {most}"
