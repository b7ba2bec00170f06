import hashlib

from hypothesis import given
from hypothesis import strategies as st

from vutler_router.keys.scrubbing import REDACTED, scrub
from vutler_router.keys.tokens import hash_token, mint_token, same_secret


def test_a_token_has_256_bits_and_a_prefix_that_scanners_find() -> None:
    token = mint_token(lambda count: b"\xff" * count)

    assert token == "vtl_" + "_" * 42 + "8"
    assert len({mint_token() for _ in range(100)}) == 100


def test_a_token_is_known_by_the_sha256_that_the_operator_sends() -> None:
    assert hash_token("vtl_x") == hashlib.sha256(b"vtl_x").hexdigest()


def test_secrets_are_compared_whatever_they_hold() -> None:
    assert same_secret("é\ud800", "é\ud800")
    assert not same_secret("a", "b")


@given(st.text(min_size=6, max_size=40), st.text(max_size=30), st.text(max_size=30))
def test_a_known_key_never_stays_in_a_text(key: str, before: str, after: str) -> None:
    if key in REDACTED or key in before + after:
        return

    assert key not in scrub(f"{before} {key} {after}", [key]).replace(REDACTED, "")


def test_a_key_is_found_in_json_and_in_urls() -> None:
    key = 'sk-"quoted"/+é'
    text = 'Incorrect key: sk-\\"quoted\\"/+\\u00e9 at /v1?key=sk-%22quoted%22%2F%2B%C3%A9'

    assert scrub(text, [key]) == f"Incorrect key: {REDACTED} at /v1?key={REDACTED}"


def test_bearer_tokens_and_our_own_go_without_being_named() -> None:
    text = "sent Authorization: Bearer abc.DEF-123456 by vtl_0123456789abc"

    assert scrub(text) == f"sent Authorization: Bearer {REDACTED} by {REDACTED}"


def test_words_are_left_alone() -> None:
    assert scrub("The bearer of bad news", ["the", ""]) == "The bearer of bad news"
