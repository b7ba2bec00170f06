import base64
from datetime import timedelta

import pytest

from tests.support.router_values import NOON
from vutler_router.errors import Unauthenticated
from vutler_router.keys.link_signing import LinkSigner

OLD, NEW, OTHER = b"o" * 32, b"n" * 32, b"x" * 32
HOUR = timedelta(hours=1)


def test_a_link_opens_what_it_was_made_for_until_its_time_is_over() -> None:
    signer = LinkSigner([NEW], "drive")
    token = signer.sign("file_1", NOON + HOUR)

    assert signer.verify(token, NOON + HOUR - timedelta(seconds=1)) == "file_1"
    with pytest.raises(Unauthenticated):
        signer.verify(token, NOON + HOUR)


def test_links_outlive_a_new_first_key_and_end_with_their_own() -> None:
    token = LinkSigner([OLD], "drive").sign("file_1", NOON + HOUR)

    assert LinkSigner([NEW, OLD], "drive").verify(token, NOON) == "file_1"
    with pytest.raises(Unauthenticated):
        LinkSigner([NEW], "drive").verify(token, NOON)


def test_another_key_or_purpose_opens_nothing() -> None:
    token = LinkSigner([NEW], "drive").sign("file_1", NOON + HOUR)

    for signer in (LinkSigner([OTHER], "drive"), LinkSigner([NEW], "mail")):
        with pytest.raises(Unauthenticated):
            signer.verify(token, NOON)


def test_a_token_that_was_altered_opens_nothing() -> None:
    signer = LinkSigner([NEW], "drive")
    token = signer.sign("file_1", NOON + HOUR)
    thing, until, signature = token.split(".")
    forged = base64.urlsafe_b64encode(b"0" * 32).decode().rstrip("=")
    later = str(int(until) + 1)

    for wrong in (
        f"file_2.{until}.{signature}",
        f"{thing}.{later}.{signature}",
        f"{thing}.{until}.{forged}",
        f"{thing}.{until}.",
        f"{thing}.{until}",
        token[:-1],
        f"{token}=",
        "",
        "...",
        "é.1.é",
        "x" * 100_000,
    ):
        with pytest.raises(Unauthenticated, match="not valid"):
            signer.verify(wrong, NOON)
