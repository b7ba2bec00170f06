from datetime import UTC, datetime, timedelta

import pytest

from tests.operator.reconcile.objects import obj
from vutler_operator import names
from vutler_operator.reconcile.tokens import are_due, renew_tokens, settle_tokens
from vutler_operator.resources.objects import Manifest

BORN = datetime(2026, 1, 1, tzinfo=UTC)
MAX_AGE = timedelta(days=90)
OLD = names.MINTED_AT


def secret(name: str = "ava-credentials", minted: str = "2026-01-01T00:00:00Z", created: str = "") -> Manifest:
    made = obj("Secret", name, data={"router-token": "cg==", "gateway-token": "Zw=="})
    made["metadata"] |= {"annotations": {OLD: minted} if minted else {}, "creationTimestamp": created}
    return made


def days_due(credentials: Manifest, start: datetime = BORN, days: int = 200) -> list[int]:
    """Return the days on which an operator that looks every hour finds the tokens due."""
    looks = (timedelta(hours=number) for number in range(days * 24))
    return sorted({look.days for look in looks if are_due(credentials, MAX_AGE, start + look)})


def test_they_are_due_in_the_last_tenth_of_their_age() -> None:
    first = days_due(secret())[0]

    assert 81 <= first < 90


def test_what_was_made_together_is_spread() -> None:
    first = [days_due(secret(f"a{number}-credentials"), BORN + timedelta(days=80), 11)[0] for number in range(40)]

    assert len(set(first)) >= 8
    assert max(first.count(day) for day in set(first)) < 15


def test_credentials_of_an_older_version_are_spread_over_the_days_after_the_upgrade() -> None:
    upgrade = BORN + timedelta(days=400)
    credentials = [secret(f"a{number}-credentials", "", "2026-01-01T00:00:00Z") for number in range(40)]

    at_once = sum(are_due(found, MAX_AGE, upgrade) for found in credentials)
    within = sum(bool(days_due(found, upgrade, 10)) for found in credentials)

    assert at_once < 12
    assert within == 40


def test_every_agents_day_is_long_enough_for_a_look_every_ten_minutes_at_the_shortest_age() -> None:
    old, looks = BORN + timedelta(days=10), [timedelta(minutes=11) * number for number in range(14)]

    for number in range(30):
        found = secret(f"a{number}-credentials")
        assert any(are_due(found, timedelta(days=1), old + look) for look in looks)


@pytest.mark.parametrize("found", [None, secret(minted="", created="")])
def test_what_has_no_age_is_never_due(found: Manifest | None) -> None:
    assert not any(are_due(found, MAX_AGE, BORN + timedelta(days=day)) for day in range(1000))


def test_without_a_greatest_age_nothing_is_due() -> None:
    assert not any(are_due(secret(), None, BORN + timedelta(days=day)) for day in range(1000))


def test_an_unreadable_mint_time_counts_from_the_creation() -> None:
    assert days_due(secret(minted="yesterday", created="2026-01-01T00:00:00Z")) == days_due(secret())


def test_kept_tokens_keep_their_time_and_new_ones_have_their_own() -> None:
    agent = obj("Agent", "ava")
    fresh = settle_tokens(agent, None, "2026-11-27T12:00:00Z", lambda: "n" * 43)
    kept = settle_tokens(agent, secret(), "2026-11-27T12:00:00Z", lambda: "n" * 43)
    renewed = renew_tokens(fresh, "2027-02-27T12:00:00Z", lambda: "m" * 43)

    assert fresh.minted_at == "2026-11-27T12:00:00Z"
    assert (kept.router, kept.minted_at) == ("n" * 43, "2026-11-27T12:00:00Z"), "replaced for its form"
    assert (renewed.router, renewed.gateway, renewed.minted_at) == ("m" * 43, "m" * 43, "2027-02-27T12:00:00Z")
